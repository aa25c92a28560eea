import type { Recording } from '../recording/recording.js'
import { checkOneOf } from '../validate.js'
import { toHeapProfile } from './heap-profile.js'
import { toPprof } from './pprof.js'
import { toSpeedscope } from './speedscope.js'

export type ProfileFormat = 'heapprofile' | 'pprof' | 'speedscope'

const WRITERS: Readonly<Record<ProfileFormat, (recording: Recording) => Uint8Array | string>> = {
  heapprofile: toHeapProfile,
  pprof: toPprof,
  speedscope: toSpeedscope,
}

export const profileFormats = Object.keys(WRITERS) as readonly ProfileFormat[]

/**
 * What a profile viewer opens: the contents of a file.
 *
 * @param format `'heapprofile'`: of the developer tools of Chromium, live bytes only; `'pprof'`: compressed;
 *   `'speedscope'`: JSON with a profile for each measure
 * @throws TypeError `ERR_INVALID_ARG_VALUE` for another format
 */
export function exportProfile(recording: Recording, format: ProfileFormat): Uint8Array | string {
  checkOneOf('format', format, profileFormats)
  return WRITERS[format](recording)
}
