import { readFileSync } from 'node:fs'

const BYTES_PER_KILOBYTE = 1024

/**
 * The most memory that this process had resident, in bytes. Not from `resourceUsage()` where there is a
 * better way: on Linux that begins with the memory of the process which started this one.
 */
export function peakResidentBytes(): number {
  const fromKernel = /^VmHWM:\s+(\d+) kB$/m.exec(readOptional('/proc/self/status'))?.[1]
  return (fromKernel === undefined ? process.resourceUsage().maxRSS : Number(fromKernel)) * BYTES_PER_KILOBYTE
}

function readOptional(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
