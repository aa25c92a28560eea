import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type DirectoryEntry, liveHandles, SafeDirectoryHandle, SafeFileHandle } from '../../../lib/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const isLinux = process.platform === 'linux'
const MANY = 1000

let folder: string
let small: string
let large: string
let empty: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-directory-'))
  small = join(folder, 'small')
  large = join(folder, 'large')
  empty = join(folder, 'empty')
  for (const path of [small, large, empty, join(small, 'directory')]) mkdirSync(path)
  writeFileSync(join(small, 'grüße 🎈'), '')
  symlinkSync('nowhere', join(small, 'link'))
  for (let index = 0; index < MANY; index++) writeFileSync(join(large, `${index}`), '')
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

function openDirectories(): string[] {
  if (!isLinux) return []
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return ''
    }
  })
  return links.filter((link) => link.startsWith(folder))
}

afterEach(() => {
  expect([liveHandles('SafeDirectoryHandle'), openDirectories()]).toEqual([0, []])
})

const byName = (one: DirectoryEntry, other: DirectoryEntry) => (one.name < other.name ? -1 : 1)

type Iterated = AsyncIterableIterator<DirectoryEntry>

/** Both ways of iterating, one behind the face of the other. */
const ways: [string, (directory: SafeDirectoryHandle) => Iterated][] = [
  ['entries()', (directory) => asAsync(directory.entries())],
  ['[Symbol.asyncIterator]()', (directory) => directory[Symbol.asyncIterator]()],
]

function asAsync(entries: ReturnType<SafeDirectoryHandle['entries']>): Iterated {
  return {
    next: async () => entries.next(),
    return: async () => entries.return(),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

describe.skipIf(process.platform === 'win32')('SafeDirectoryHandle', () => {
  it('says of a pipe that it is something else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    try {
      using directory = SafeDirectoryHandle.open(folder)
      expect([...directory.entries()]).toEqual([{ name: 'pipe', kind: 'other' }])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('opens a string, a Buffer or a URL, and says what the system says of others', () => {
    for (const path of [small, Buffer.from(small), pathToFileURL(small)]) {
      using directory = SafeDirectoryHandle.open(path)
      expect([directory.isInvalid, directory.dangerousGetHandle() > 2]).toEqual([false, true])
    }
    const refusal = (path: string, reason: string) =>
      expect(() => SafeDirectoryHandle.open(path)).toThrow(
        expect.objectContaining({ name: 'SystemError', code: reason, syscall: 'opendir', path }),
      )
    refusal(join(folder, 'missing'), 'ENOENT')
    refusal('/dev/null', 'ENOTDIR')
    expect(() => SafeDirectoryHandle.open(1 as never)).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(() => SafeDirectoryHandle.open('a\0')).toThrow(code('ERR_INVALID_ARG_VALUE'))
  })

  it('is counted with files by one collector', () => {
    const { collector } = SafeDirectoryHandle
    expect(collector).toBe(SafeFileHandle.collector)
    const before = collector.count
    using _ = SafeDirectoryHandle.open(small)
    expect(collector.count).toBe(before + 1)
  })

  describe.each(ways)('%s', (_, iterate) => {
    it('gives names and kinds, without . and .., and closes in the end', async () => {
      const directory = SafeDirectoryHandle.open(small)
      const entries: DirectoryEntry[] = []
      for await (const entry of iterate(directory)) entries.push(entry)
      expect(entries.sort(byName)).toEqual([
        { name: 'directory', kind: 'directory' },
        { name: 'grüße 🎈', kind: 'file' },
        { name: 'link', kind: 'symlink' },
      ])
      expect([directory.isClosed, directory.isDisposed]).toEqual([true, true])
    })

    it('gives nothing for an empty directory', async () => {
      for await (const _ of iterate(SafeDirectoryHandle.open(empty))) expect.unreachable()
    })

    it('gives each entry of a large one once', async () => {
      const names = new Set<string>()
      for await (const { name } of iterate(SafeDirectoryHandle.open(large))) names.add(name)
      expect(names).toEqual(new Set(readdirSync(large)))
    })

    it('closes at break, at return and at a throw in the loop', async () => {
      const directories = [0, 1, 2].map(() => SafeDirectoryHandle.open(large))
      const [broken, returned, thrown] = directories.map(iterate) as [Iterated, Iterated, Iterated]
      for await (const _ of broken) break
      await (async () => {
        for await (const _ of returned) return
      })()
      const loop = async () => {
        for await (const _ of thrown) throw new RangeError('on purpose')
      }
      await expect(loop()).rejects.toThrow(RangeError)
      expect(directories.map((directory) => directory.isClosed)).toEqual([true, true, true])
    })

    it('closes when it ends before its first step, and has ended then', async () => {
      const directory = SafeDirectoryHandle.open(large)
      const iterator = iterate(directory)
      expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
      expect(directory.isClosed).toBe(true)
      expect(await iterator.next()).toEqual({ done: true, value: undefined })
    })

    it('refuses at the call, while somebody iterates, and once the directory is closed', async () => {
      const directory = SafeDirectoryHandle.open(small)
      const first = iterate(directory)
      expect(() => directory.entries()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
      expect(() => directory[Symbol.asyncIterator]()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
      await first.next()
      expect(() => directory.entries()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
      await first.return?.()
      expect(() => directory.entries()).toThrow(code('ERR_HOLDFAST_DISPOSED'))
      expect(() => directory[Symbol.asyncIterator]()).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    })

    it('throws at the next step when the directory was disposed meanwhile, and ends', async () => {
      const directory = SafeDirectoryHandle.open(large)
      const iterator = iterate(directory)
      await iterator.next()
      directory.dispose()
      await expect(iterator.next()).rejects.toMatchObject({ code: 'ERR_HOLDFAST_DISPOSED' })
      expect(await iterator.next()).toEqual({ done: true, value: undefined })
    })
  })

  it('entries() can be disposed of', () => {
    const directory = SafeDirectoryHandle.open(large)
    {
      using entries = directory.entries()
      entries.next()
    }
    expect(directory.isClosed).toBe(true)
  })

  it('[Symbol.asyncIterator]() can be disposed of, and has closed when that resolves', async () => {
    const directory = SafeDirectoryHandle.open(large)
    {
      await using entries = directory[Symbol.asyncIterator]()
      await entries.next()
    }
    expect(openDirectories()).toEqual([])
  })

  it('answers asynchronous calls that do not wait for each other in their order', async () => {
    const iterator = SafeDirectoryHandle.open(small)[Symbol.asyncIterator]()
    const calls = [iterator.next(), iterator.next(), iterator.next(), iterator.next(), iterator.next()]
    const results = await Promise.all(calls)
    expect(results.map(({ done }) => done)).toEqual([false, false, false, true, true])
    expect(new Set(results.map(({ value }) => value?.name)).size).toBe(4)
  })

  it('disposed while the pool reads, it closes right after', async () => {
    const directory = SafeDirectoryHandle.open(large)
    const iterator = directory[Symbol.asyncIterator]()
    const step = iterator.next()
    await null
    directory.dispose()
    expect([directory.isDisposed, directory.isClosed]).toEqual([true, false])
    await step
    expect(directory.isClosed).toBe(true)
    await expect(iterator.next()).rejects.toMatchObject({ code: 'ERR_HOLDFAST_DISPOSED' })
  })
})
