// Part 1: a real file goes through native buffers, each of which lives for one turn of a loop.
import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { pipeline } from 'node:stream/promises'
import { handleStatistics, liveHandles, NativeBuffer, SafeHandleMinusOneIsInvalid } from 'holdfast'
import { count, megabytes, plural, seconds } from './format.js'
import { check, heading, paragraph, table } from './terminal.js'

const CHUNK = 2 ** 20

/** Whatever the system hands out can be owned like this: the raw value, and how to release it. */
class FileDescriptor extends SafeHandleMinusOneIsInvalid {
  static releaseHandle(fd: number): void {
    closeSync(fd)
  }

  constructor(path: string) {
    super()
    this.setHandle(openSync(path, 'r'))
  }
}

function hashThroughNativeBuffers(path: string): string {
  const hash = createHash('sha256')
  using file = new FileDescriptor(path)
  using fd = file.lease()
  for (;;) {
    // Not zeroed, because only what was read into it is looked at.
    using buffer = new NativeBuffer(CHUNK, { zeroed: false })
    const length = readSync(Number(fd.value), buffer.bytes)
    if (length === 0) return hash.digest('hex')
    hash.update(buffer.bytes.subarray(0, length))
  }
}

async function hashThroughStreams(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: CHUNK }), hash)
  return hash.digest('hex')
}

interface Timed {
  digest: string
  milliseconds: number
}

async function time(hash: () => string | Promise<string>): Promise<Timed> {
  const start = performance.now()
  const digest = await hash()
  return { digest, milliseconds: performance.now() - start }
}

export async function showHashing(path: string): Promise<void> {
  const { size } = statSync(path)
  heading('1  Read a file through native buffers')
  paragraph(
    `Hashes the program that runs this (${megabytes(size)} MB): through NativeBuffers of 1 MiB, each in a \`using\` block, then through streams of node:crypto.`,
  )
  // Ours goes first: whatever is not in the file cache yet is read at our cost.
  const ours = await time(() => hashThroughNativeBuffers(path))
  const streams = await time(() => hashThroughStreams(path))
  const row = (name: string, { digest, milliseconds }: Timed) => {
    return [name, `${digest.slice(0, 24)}…`, seconds(milliseconds), (size / 1000 / milliseconds).toFixed(0)]
  }
  table(['', 'SHA-256', 'time', 'MB/s'], [row('native buffers', ours), row('streams', streams)], 2)

  check(ours.digest === streams.digest, ours.digest === streams.digest ? 'The hashes are equal.' : 'The hashes differ.')
  const buffers = handleStatistics().kinds['NativeBuffer']
  check(
    liveHandles() === 0,
    `${plural(buffers?.opened ?? 0, 'buffer')} opened, ${count(buffers?.disposed ?? 0)} disposed, at most ${buffers?.peakLive} at a time. Live handles now: ${liveHandles()}.`,
  )
}
