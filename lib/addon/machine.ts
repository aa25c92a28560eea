import { readStart } from './read-start.js'

/** What an addon is built for. */
export interface Machine {
  readonly platform: string
  readonly arch: string
  /** Which C library; on Linux only. */
  readonly libc?: 'glibc' | 'musl'
}

type Runtime = Pick<typeof process, 'platform' | 'arch' | 'execPath'>

export function machineOf({ platform, arch, execPath }: Runtime): Machine {
  return platform === 'linux' ? { platform, arch, libc: libcOf(execPath) } : { platform, arch }
}

/** Every dynamic executable names its loader in its first page, and each C library has its own. */
function libcOf(executable: string): 'glibc' | 'musl' {
  try {
    return readStart(executable).bytes.includes('/ld-musl-') ? 'musl' : 'glibc'
  } catch {
    return 'glibc' // a runtime that may not be read
  }
}

export function describeMachine({ platform, arch, libc }: Machine): string {
  return `${platform}-${arch}${libc === undefined ? '' : ` (${libc})`}`
}
