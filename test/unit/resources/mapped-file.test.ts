import { constants } from 'node:buffer'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzip, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type HandleLease,
  handleStatistics,
  liveHandles,
  MappedFile,
  type MemoryAdvice,
  setNativeMemoryLimit,
} from '../../../lib/index.js'

const SIZE = 100_000
const ADVICE: MemoryAdvice[] = ['normal', 'sequential', 'random', 'willneed', 'dontneed']

let folder: string
let file: string
let live: number

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-maps-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

beforeEach(() => {
  file = join(folder, 'numbers')
  writeFileSync(file, contents())
  live = liveHandles()
})
afterEach(() => {
  expect(liveHandles()).toBe(live)
  expect(mapsOf(folder)).toEqual([])
})

function contents(): Buffer {
  return Buffer.from(Array.from({ length: SIZE }, (_, at) => at % 251))
}

/** What the process has mapped of the files in a folder. */
function mapsOf(path: string): string[] {
  if (process.platform !== 'linux') return []
  return readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.includes(path))
}

function descriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
}

describe('MappedFile.open()', () => {
  it('shows the bytes of the file, always in the same Buffer', () => {
    using map = MappedFile.open(file)
    expect(map.byteLength).toBe(SIZE)
    expect(map.bytes.equals(contents())).toBe(true)
    expect(map.bytes).toBe(map.bytes)
    expect(map.truncated).toBe(false)
  })

  it.each([
    [0, 1],
    [1, 1],
    [4095, 2],
    [4096, 4096],
    [4097, 50_000],
    [SIZE - 1, 1],
    [5, undefined],
  ])('shows any part of it: from %i, %s bytes', (offset, length) => {
    using map = MappedFile.open(file, { offset, ...(length !== undefined && { length }) })
    const expected = contents().subarray(offset, length === undefined ? undefined : offset + length)
    expect(map.byteLength).toBe(expected.length)
    expect(map.bytes.equals(expected)).toBe(true)
    expect(map.bytes.buffer.byteLength).toBe(expected.length)
  })

  it('takes a path as a string, a Buffer and a URL', () => {
    for (const path of [file, Buffer.from(file), new Uint8Array(Buffer.from(file)), pathToFileURL(file)]) {
      using map = MappedFile.open(path)
      expect(map.bytes[250]).toBe(250)
    }
  })

  it('maps no bytes of an empty file, and of an empty part', () => {
    writeFileSync(join(folder, 'empty'), '')
    using empty = MappedFile.open(join(folder, 'empty'), { mode: 'r+', populate: true, advice: 'willneed' })
    using end = MappedFile.open(file, { offset: SIZE })
    using part = MappedFile.open(file, { offset: 3, length: 0 })
    for (const map of [empty, end, part]) {
      expect([map.byteLength, map.bytes.length, map.truncated]).toEqual([0, 0, false])
      map.flush()
      map.advise('dontneed')
    }
  })

  it('leaves no descriptor open', () => {
    const before = descriptors()
    using map = MappedFile.open(file)
    expect(() => MappedFile.open(folder)).toThrow()
    expect(descriptors()).toBe(before)
    expect(map.isClosed).toBe(false)
  })

  it.each(ADVICE)('takes the advice %s, and populates', (advice) => {
    using map = MappedFile.open(file, { advice, populate: true })
    expect(map.bytes.equals(contents())).toBe(true)
  })

  it('counts the bytes it maps, and asks the native limit', () => {
    const before = handleStatistics().liveBytes
    using map = MappedFile.open(file, { length: 5000 })
    expect(handleStatistics().liveBytes).toBe(before + 5000)
    try {
      setNativeMemoryLimit(before + 6000)
      expect(() => MappedFile.open(file)).toThrow(
        expect.objectContaining({ code: 'ERR_MEMORY_ALLOCATION_FAILED', requested: SIZE }),
      )
    } finally {
      setNativeMemoryLimit(null)
    }
    expect(map.byteLength).toBe(5000)
  })
})

describe('MappedFile.open() refuses', () => {
  it.each([
    ['a missing file', '/nowhere/at/all', 'ENOENT', 'open'],
    ['a directory', '/tmp', 'EISDIR', 'mmap'],
    ['a device', '/dev/null', 'ENODEV', 'mmap'],
  ])('%s, with path and system call', (_what, path, code, syscall) => {
    expect(() => MappedFile.open(path)).toThrow(expect.objectContaining({ name: 'SystemError', code, path, syscall }))
  })

  it.each([
    ['an offset past the end', { offset: SIZE + 1 }],
    ['a length past the end', { length: SIZE + 1 }],
    ['a range past the end', { offset: 1, length: SIZE }],
    ['a negative offset', { offset: -1 }],
    ['a fraction', { length: 1.5 }],
    ['NaN', { offset: Number.NaN }],
    ['more than a Buffer may have', { length: 2 ** 53 }],
  ])('%s', (_what, options) => {
    expect(() => MappedFile.open(file, options)).toThrow(
      expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }),
    )
  })

  it('a file that is longer than a Buffer may be, but not a part of it', (context) => {
    context.skip(constants.MAX_LENGTH > 2 ** 40, 'no file is')
    truncateSync(file, constants.MAX_LENGTH + 10)
    expect(() => MappedFile.open(file)).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }))
    using part = MappedFile.open(file, { offset: 10 })
    expect([part.byteLength, part.bytes[0], part.bytes.at(-1)]).toEqual([constants.MAX_LENGTH, 10, 0])
  })

  it.each([
    [[1], 'ERR_INVALID_ARG_TYPE'],
    [['a\0b'], 'ERR_INVALID_ARG_VALUE'],
    [[new URL('http://example.org/')], 'ERR_INVALID_URL_SCHEME'],
    [['.', null], 'ERR_INVALID_ARG_TYPE'],
    [['.', { mode: 'w' }], 'ERR_INVALID_ARG_VALUE'],
    [['.', { advice: 'soon' }], 'ERR_INVALID_ARG_VALUE'],
    [['.', { offset: '1' }], 'ERR_INVALID_ARG_TYPE'],
    [['.', { length: 1n }], 'ERR_INVALID_ARG_TYPE'],
    [['.', { populate: 1 }], 'ERR_INVALID_ARG_TYPE'],
  ])('bad arguments, %#', (args, code) => {
    const open = MappedFile.open as (...args: unknown[]) => unknown
    expect(() => open.apply(MappedFile, args)).toThrow(expect.objectContaining({ name: 'TypeError', code }))
  })
})

describe('what is written', () => {
  it('stays in the map in mode r, which is the default', () => {
    using map = MappedFile.open(file)
    using other = MappedFile.open(file, { mode: 'r', populate: true })
    map.bytes[0] = 77
    other.bytes[1] = 78
    map.flush()
    expect([map.bytes[0], other.bytes[0], map.bytes[1]]).toEqual([77, 0, 1])
    expect(readFileSync(file).equals(contents())).toBe(true)
  })

  it('stays there until it is thrown away with the advice dontneed', () => {
    using map = MappedFile.open(file)
    map.bytes.fill(77)
    map.advise('dontneed', 0, 10)
    expect(map.bytes[0]).toBe(77)
    map.advise('dontneed')
    expect(map.bytes.equals(contents())).toBe(true)
  })

  it('is in the file and in other maps of it in mode r+', async () => {
    using map = MappedFile.open(file, { mode: 'r+', offset: 10 })
    using other = MappedFile.open(file)
    map.bytes[0] = 77
    expect(other.bytes[10]).toBe(77)
    map.flush()
    await map.flushAsync(1, 5)
    await map.flushAsync(5, 0)
    expect(readFileSync(file)[10]).toBe(77)
    expect(statSync(file).size).toBe(SIZE)
  })

  it('needs the right to write in mode r+ only', (context) => {
    context.skip(process.getuid?.() === 0, 'root may write everywhere')
    chmodSync(file, 0o444)
    using map = MappedFile.open(file)
    map.bytes[0] = 1
    expect(() => MappedFile.open(file, { mode: 'r+' })).toThrow(
      expect.objectContaining({ code: 'EACCES', syscall: 'open', path: file }),
    )
  })
})

describe('a range of a MappedFile', () => {
  it.each([
    [-1, undefined],
    [SIZE + 1, undefined],
    [0, SIZE + 1],
    [SIZE, 1],
    [1.5, undefined],
  ])('from %s, %s bytes, is refused by flush, flushAsync and advise', async (offset, length) => {
    const outOfRange = expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
    for (const mode of ['r', 'r+'] as const) {
      using map = MappedFile.open(file, { mode })
      expect(() => map.flush(offset, length)).toThrow(outOfRange)
      expect(() => map.advise('random', offset, length)).toThrow(outOfRange)
      await expect(map.flushAsync(offset, length)).rejects.toThrow(outOfRange)
    }
  })

  it('may be advised in every way', () => {
    using map = MappedFile.open(file, { offset: 7 })
    for (const advice of ADVICE) {
      map.advise(advice)
      map.advise(advice, 5)
      map.advise(advice, 5000, 20_000)
      map.advise(advice, SIZE - 7, 0)
    }
    expect(map.bytes.equals(contents().subarray(7))).toBe(true)
    expect(() => map.advise('soon' as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }))
  })
})

describe('a MappedFile that is disposed', () => {
  it('is unmapped, its views have length 0, and its members throw', async () => {
    const map = MappedFile.open(file, { mode: 'r+' })
    const { bytes } = map
    const address = map.dangerousGetHandle()
    expect(address).toBeGreaterThan(0n)
    map.dispose()
    map.dispose()
    expect(bytes.length).toBe(0)
    expect(mapsOf(folder)).toEqual([])
    expect(map.dangerousGetHandle()).toBe(address)
    const disposed = expect.objectContaining({ code: 'ERR_HOLDFAST_DISPOSED' })
    expect(() => map.bytes).toThrow(disposed)
    expect(() => map.byteLength).toThrow(disposed)
    expect(() => map.truncated).toThrow(disposed)
    expect(() => map.advise('random')).toThrow(disposed)
    expect(() => map.flush()).toThrow(disposed)
    await expect(map.flushAsync()).rejects.toThrow(disposed)
  })

  it('still says where it was, when nobody had asked before', () => {
    const map = MappedFile.open(file)
    map.dispose()
    expect(map.dangerousGetHandle()).toBeGreaterThan(0n)
  })

  it('stays mapped while a lease is out', () => {
    const map = MappedFile.open(file)
    const { bytes } = map
    const lease: HandleLease<bigint> = map.lease()
    map.dispose()
    expect(bytes[5]).toBe(5)
    lease.dispose()
    expect(bytes.length).toBe(0)
  })

  it('stays mapped while it is flushed', async () => {
    const map = MappedFile.open(file, { mode: 'r+' })
    map.bytes.fill(1)
    const flushed = map.flushAsync()
    map.dispose()
    expect(map.isClosed).toBe(false)
    await flushed
    expect(map.isClosed).toBe(true)
    expect(readFileSync(file).equals(Buffer.alloc(SIZE, 1))).toBe(true)
  })

  it('is unmapped when disposeAsync() resolves', async () => {
    const map = MappedFile.open(file)
    expect(map.bytes[1]).toBe(1)
    const disposal = map.disposeAsync()
    expect(liveHandles()).toBe(live)
    await disposal
    expect(mapsOf(folder)).toEqual([])
  })
})

describe('a file that becomes shorter under its map', () => {
  const truncated = expect.objectContaining({ code: 'ERR_HOLDFAST_INVALID_OPERATION' })

  it.each(['r', 'r+'] as const)(
    'reads as zeros in mode %s, and then members throw and disposal works',
    async (mode) => {
      using map = MappedFile.open(file, { mode })
      const { bytes } = map
      truncateSync(file, 10)
      expect(map.truncated).toBe(false)
      expect(bytes[SIZE - 1]).toBe(0)
      expect(map.truncated).toBe(true)
      expect(bytes[9]).toBe(9)
      expect(() => map.bytes).toThrow(truncated)
      expect(() => map.byteLength).toThrow(truncated)
      expect(() => map.flush()).toThrow(truncated)
      expect(() => map.advise('random')).toThrow(truncated)
      await expect(map.flushAsync()).rejects.toThrow(truncated)
    },
  )

  it('can be read and written from end to end by native code, off the event loop, too', async () => {
    using map = MappedFile.open(file, { mode: 'r+' })
    const { bytes } = map
    truncateSync(file, 0)
    expect((await promisify(gzip)(bytes)).length).toBe(gzipSync(Buffer.alloc(SIZE)).length)
    bytes.fill(1)
    expect(bytes.includes(0)).toBe(false)
    expect(statSync(file).size).toBe(0)
    expect(map.truncated).toBe(true)
  })

  it('can be disposed of off the event loop', async () => {
    const map = MappedFile.open(file)
    const { bytes } = map
    truncateSync(file, 0)
    expect(bytes[0]).toBe(0)
    await map.disposeAsync()
    expect(bytes.length).toBe(0)
  })
})
