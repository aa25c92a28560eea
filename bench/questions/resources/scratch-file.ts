import { mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CHUNK = 2 ** 24

/** A file full of bytes that goes with the process, and its descriptor. */
export function scratchFile(byteLength: number): { path: string; fd: number } {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'file')
  const fd = openSync(path, 'w+')
  const chunk = Buffer.alloc(CHUNK)
  for (let at = 0; at < chunk.length; at += 4) chunk.writeUInt32LE(at, at)
  for (let left = byteLength; left > 0; left -= CHUNK) writeSync(fd, chunk, 0, Math.min(left, CHUNK))
  return { path, fd }
}
