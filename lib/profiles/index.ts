import type { Recording } from '../recording/recording.js'

/** A recording in a format of other tools. */
export function exportProfile(
  recording: Recording,
  format: 'heapprofile' | 'pprof' | 'speedscope',
): Uint8Array | string {
  return JSON.stringify({ format, sites: recording.sites.length })
}
