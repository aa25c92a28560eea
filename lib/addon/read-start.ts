import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

export interface FileStart {
  /** At most one page. */
  readonly bytes: Buffer
  /** How long the whole file is. */
  readonly size: number
}

export function readStart(file: string): FileStart {
  const bytes = Buffer.alloc(4096)
  const fd = openSync(file, 'r')
  try {
    const length = readSync(fd, bytes, 0, bytes.length, 0)
    return { bytes: bytes.subarray(0, length), size: fstatSync(fd).size }
  } finally {
    closeSync(fd)
  }
}
