export { Profile, type ProfileInput, StringTable } from 'pprof-format'
