import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type FilePath,
  HandleCollector,
  handleStatistics,
  liveHandles,
  NativeBuffer,
  SafeFileHandle,
} from '../../../lib/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const isLinux = process.platform === 'linux'

let folder: string
let path: string
const TEXT = '0123456789'

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-file-'))
  path = join(folder, 'digits')
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Descriptors of files in our folder. */
function openFiles(): string[] {
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

function open(flags?: Parameters<typeof SafeFileHandle.open>[1]): SafeFileHandle {
  writeFileSync(path, TEXT)
  return SafeFileHandle.open(path, flags)
}

afterEach(() => {
  expect([liveHandles('SafeFileHandle'), openFiles()]).toEqual([0, []])
})

describe.skipIf(process.platform === 'win32')('SafeFileHandle', () => {
  const ways: [string, (...args: Parameters<typeof SafeFileHandle.open>) => Promise<SafeFileHandle>][] = [
    ['open', async (...args) => SafeFileHandle.open(...args)],
    ['openAsync', (...args) => SafeFileHandle.openAsync(...args)],
  ]

  describe.each(ways)('%s()', (_, openIn) => {
    it('takes a string, a Buffer or a URL, and opens for reading by default', async () => {
      writeFileSync(path, TEXT)
      for (const form of [path, Buffer.from(path), pathToFileURL(path)]) {
        using file = await openIn(form)
        expect(file.fd).toBeGreaterThan(2)
        expect(file.readSync(Buffer.alloc(4))).toBe(4)
        expect(() => file.writeSync(Buffer.alloc(4))).toThrow(code('EBADF'))
      }
    })

    it('opens names that are not UTF-8', async () => {
      const name = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])])
      using file = await openIn(name, 'w')
      file.writeSync(Buffer.from('x'))
      expect(statSync(name).size).toBe(1)
    })

    it('opens as node:fs does, by all of its flags', async () => {
      const flags = ['r', 'rs', 'sr', 'r+', 'rs+', 'sr+', 'w', 'w+', 'a', 'as', 'sa', 'a+', 'as+', 'sa+', null] as const
      for (const flag of [...flags, constants.O_RDWR | constants.O_CREAT]) {
        writeFileSync(path, TEXT)
        using file = await openIn(path, flag as never)
        const theirs = openSync(path, flag as 'r')
        const [ours, expected] = [file.fd, theirs].map((fd) => readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))
        closeSync(theirs)
        const flagsIn = (info: string | undefined) => /flags:\s*(\d+)/.exec(info ?? '')?.[1]
        expect([flag, flagsIn(ours)]).toEqual([flag, flagsIn(expected)])
      }
      for (const flag of ['wx', 'xw', 'wx+', 'xw+', 'ax', 'xa', 'ax+', 'xa+'] as const) {
        await expect(openIn(path, flag)).rejects.toMatchObject({ code: 'EEXIST' })
      }
    })

    it('creates files with the mode asked for, less the umask', async () => {
      const umask = process.umask()
      const modes: [number | string | undefined, number][] = [
        [undefined, 0o666],
        [0o600, 0o600],
        ['640', 0o640],
      ]
      for (const [mode, expected] of modes) {
        rmSync(path, { force: true })
        using _ = await openIn(path, 'w', mode)
        expect(statSync(path).mode & 0o777).toBe(expected & ~umask)
      }
    })

    it('is not inherited by other programs', async () => {
      writeFileSync(path, TEXT)
      using file = await openIn(path)
      expect(execFileSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' })).not.toContain(path)
      expect(readFileSync(`/proc/self/fdinfo/${file.fd}`, 'utf8')).toMatch(/flags:\s*02\d{6}$/m)
    })

    const missing = () => join(folder, 'missing')
    it.each<[string, () => FilePath, number | string, object]>([
      ['a file that is not there', missing, 'r', { code: 'ENOENT', syscall: 'open' }],
      ['a directory to write in', () => folder, 'w', { code: 'EISDIR', syscall: 'open' }],
      ['a name below a file', () => '/dev/null/x', 'r', { code: 'ENOTDIR', syscall: 'open' }],
      ['a path that is too long', () => `/${'x'.repeat(10_000)}`, 'r', { code: 'ENAMETOOLONG', syscall: 'open' }],
      ['an empty path', () => '', 'r', { code: 'ENOENT', syscall: 'open', path: '' }],
    ])('says of %s what the system says', async (_, where, flags, expected) => {
      const before = handleStatistics()
      await expect(openIn(where(), flags as 'r')).rejects.toMatchObject({ path: where(), ...expected })
      expect(handleStatistics()).toEqual(before)
    })

    it('says so in an error of node:fs, except for its class', async () => {
      let theirs: NodeJS.ErrnoException | undefined
      try {
        openSync(missing(), 'r')
      } catch (error) {
        theirs = error as NodeJS.ErrnoException
      }
      const { message, errno, syscall, path: place } = theirs as NodeJS.ErrnoException
      await expect(openIn(missing())).rejects.toMatchObject({
        name: 'SystemError',
        message,
        errno,
        syscall,
        path: place,
      })
    })

    it.each<[unknown[], string]>([
      [[], 'ERR_INVALID_ARG_TYPE'],
      [[3], 'ERR_INVALID_ARG_TYPE'],
      [['a\0b'], 'ERR_INVALID_ARG_VALUE'],
      [[Buffer.from([0x61, 0])], 'ERR_INVALID_ARG_VALUE'],
      [[new URL('http://localhost/')], 'ERR_INVALID_URL_SCHEME'],
      [['a', 'q'], 'ERR_INVALID_ARG_VALUE'],
      [['a', 'toString'], 'ERR_INVALID_ARG_VALUE'],
      [['a', true], 'ERR_INVALID_ARG_TYPE'],
      [['a', 1.5], 'ERR_OUT_OF_RANGE'],
      [['a', -1], 'ERR_OUT_OF_RANGE'],
      [['a', 2 ** 31], 'ERR_OUT_OF_RANGE'],
      [['a', 'r', '8'], 'ERR_INVALID_ARG_VALUE'],
      [['a', 'r', '77777777777777'], 'ERR_OUT_OF_RANGE'],
      [['a', 'r', -1], 'ERR_OUT_OF_RANGE'],
      [['a', 'r', 2 ** 32], 'ERR_OUT_OF_RANGE'],
      [['a', 'r', {}], 'ERR_INVALID_ARG_TYPE'],
    ])('refuses %j', async (args, expected) => {
      await expect(openIn(...(args as ['a']))).rejects.toMatchObject({ code: expected })
    })

    it('counts a handle, and opens one of the class that it is called on', async () => {
      writeFileSync(path, TEXT)
      const before = handleStatistics()
      using file = await openIn(path)
      expect(handleStatistics()).toMatchObject({ opened: before.opened + 1, live: before.live + 1 })
      expect(liveHandles('SafeFileHandle')).toBe(1)
      expect([file.isInvalid, file.isClosed, file.dangerousGetHandle()]).toEqual([false, false, file.fd])
    })
  })

  it('gives classes that extend it a collector of their own', async () => {
    class Log extends SafeFileHandle {
      static override collector = new HandleCollector('log', 1, 2, { enforceMaximum: true })
    }
    writeFileSync(path, TEXT)
    const shared = SafeFileHandle.collector.count
    using first = Log.open(path)
    using second = await Log.openAsync(path)
    expect([first, second].every((file) => file instanceof Log)).toBe(true)
    expect([Log.collector.count, SafeFileHandle.collector.count]).toEqual([2, shared])
    expect(() => Log.open(path)).toThrow(code('ERR_HOLDFAST_EXHAUSTED'))
    await expect(Log.openAsync(path)).rejects.toMatchObject({ code: 'ERR_HOLDFAST_EXHAUSTED' })
    expect([liveHandles(Log), openFiles().length]).toEqual([2, 2])
  })

  it('takes another collector for a class, and leaves that of all descriptors to the others', () => {
    class Log extends SafeFileHandle {}
    const shared = SafeFileHandle.collector
    const own = new HandleCollector('log', 10)
    Log.collector = own
    writeFileSync(path, TEXT)
    const before = shared.count
    using _ = Log.open(path)
    expect([Log.collector, own.count]).toEqual([own, 1])
    expect([SafeFileHandle.collector, shared.count]).toEqual([shared, before])
  })

  it('lets no more through when many are opened at the same time than the collector does', async () => {
    class Log extends SafeFileHandle {
      static override collector = new HandleCollector('log', 1, 2, { enforceMaximum: true })
    }
    writeFileSync(path, TEXT)
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => Log.openAsync(path)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    expect([Log.collector.count, openFiles().length]).toEqual([2, 2])
    for (const result of results) if (result.status === 'fulfilled') result.value.dispose()
  })

  describe('read and write', () => {
    const targets: [string, () => NativeBuffer | ArrayBufferView, (target: never) => Buffer][] = [
      ['a NativeBuffer', () => new NativeBuffer(8), (target: NativeBuffer) => target.bytes],
      ['a large NativeBuffer', () => new NativeBuffer(200_000), (target: NativeBuffer) => target.bytes],
      ['a Buffer', () => Buffer.alloc(8), (target: Buffer) => target],
      ['a Float64Array', () => new Float64Array(1), ({ buffer }: Float64Array) => Buffer.from(buffer)],
      ['a DataView', () => new DataView(new ArrayBuffer(8)), ({ buffer }: DataView) => Buffer.from(buffer)],
    ]

    it.each(targets)('%s, at a position, an offset and of a length in bytes', async (_, make, bytesOf) => {
      using file = open('r+')
      for (const sync of [false, true]) {
        const memory = make()
        const options = { position: 3, offset: 2, length: 4 }
        expect(sync ? file.readSync(memory, options) : await file.read(memory, options)).toBe(4)
        expect(bytesOf(memory as never).toString('latin1', 0, 8)).toBe('\0\x003456\0\0')
        const back = { position: 0, offset: 2, length: 4 }
        expect(sync ? file.writeSync(memory, back) : await file.write(memory, back)).toBe(4)
        expect(readFileSync(path, 'latin1')).toBe('3456456789')
        writeFileSync(path, TEXT)
        if (memory instanceof NativeBuffer) memory.dispose()
      }
    })

    it('go on from the current position when none is given, and return 0 at the end', async () => {
      using file = open()
      const target = Buffer.alloc(6)
      expect(await file.read(target, { position: null })).toBe(6)
      expect([file.readSync(target), target.toString('latin1', 0, 4)]).toEqual([4, '6789'])
      expect([await file.read(target), file.readSync(target)]).toEqual([0, 0])
    })

    it('go to memory that threads share, too', async () => {
      using file = open()
      const target = new Uint8Array(new SharedArrayBuffer(8), 2)
      expect([await file.read(target), file.readSync(target, { position: 0, length: 2 })]).toEqual([6, 2])
      expect([...target]).toEqual([48, 49, 50, 51, 52, 53])
    })

    it.runIf(isLinux)('return what a pipe has, and say when it would have to be waited for', async () => {
      const pipe = join(folder, 'pipe')
      execFileSync('mkfifo', [pipe])
      using file = SafeFileHandle.open(pipe, constants.O_RDWR | constants.O_NONBLOCK)
      const target = Buffer.alloc(100)
      for (const sync of [true, false]) {
        const text = Buffer.from('12345')
        expect(sync ? file.writeSync(text) : await file.write(text)).toBe(5)
        expect(sync ? file.readSync(target) : await file.read(target)).toBe(5)
      }
      const expected = { code: 'EAGAIN', syscall: 'read', path: pipe }
      expect(() => file.readSync(target)).toThrow(expect.objectContaining(expected))
      await expect(file.read(target)).rejects.toMatchObject(expected)
    })

    it('move nothing for a length of 0', async () => {
      using file = open('r+')
      const empty = new Uint8Array(0)
      expect([await file.read(empty), file.readSync(empty), await file.write(empty), file.writeSync(empty)]).toEqual([
        0, 0, 0, 0,
      ])
    })

    it.each<[unknown, unknown, string]>([
      ['text', undefined, 'ERR_INVALID_ARG_TYPE'],
      [new ArrayBuffer(8), undefined, 'ERR_INVALID_ARG_TYPE'],
      [undefined, undefined, 'ERR_INVALID_ARG_TYPE'],
      [Buffer.alloc(8), null, 'ERR_INVALID_ARG_TYPE'],
      [Buffer.alloc(8), { position: -1 }, 'ERR_OUT_OF_RANGE'],
      [Buffer.alloc(8), { position: 0.5 }, 'ERR_OUT_OF_RANGE'],
      [Buffer.alloc(8), { position: '1' }, 'ERR_INVALID_ARG_TYPE'],
      [Buffer.alloc(8), { offset: 9 }, 'ERR_OUT_OF_RANGE'],
      [Buffer.alloc(8), { offset: -1 }, 'ERR_OUT_OF_RANGE'],
      [Buffer.alloc(8), { offset: 4, length: 5 }, 'ERR_OUT_OF_RANGE'],
      [Buffer.alloc(8), { length: Number.NaN }, 'ERR_OUT_OF_RANGE'],
    ])('refuse %o with %o', async (memory, options, expected) => {
      using file = open('r+')
      const args = [memory, options] as [Buffer, object]
      await expect(file.read(...args)).rejects.toMatchObject({ code: expected })
      await expect(file.write(...args)).rejects.toMatchObject({ code: expected })
      expect(() => file.readSync(...args)).toThrow(code(expected))
      expect(() => file.writeSync(...args)).toThrow(code(expected))
    })

    it('name the limits', () => {
      using file = open()
      expect(() => file.readSync(Buffer.alloc(8), { offset: 4, length: 5 })).toThrow(/>= 0 && <= 4/)
    })

    it('say what the system says, with the path', async () => {
      using file = SafeFileHandle.open(folder)
      const expected = { name: 'SystemError', code: 'EISDIR', syscall: 'read', path: folder, errno: -21 }
      await expect(file.read(Buffer.alloc(8))).rejects.toMatchObject(expected)
      expect(() => file.readSync(Buffer.alloc(8))).toThrow(expect.objectContaining(expected))
    })

    it.runIf(isLinux)('say when the disk is full, and leave nothing open', async () => {
      using source = new NativeBuffer(4096)
      const expected = { code: 'ENOSPC', syscall: 'write', path: '/dev/full' }
      {
        using file = SafeFileHandle.open('/dev/full', 'w')
        await expect(file.write(source)).rejects.toMatchObject(expected)
        expect(() => file.writeSync(source)).toThrow(expect.objectContaining(expected))
      }
      source.resize(8192)
    })
  })

  it('sync() resolves when it is on the disk, and says what the system says', async () => {
    using file = open('r+')
    file.writeSync(Buffer.from('x'))
    expect(await file.sync()).toBe(undefined)
    using pseudo = SafeFileHandle.open('/dev/null')
    await expect(pseudo.sync()).rejects.toMatchObject({ code: 'EINVAL', syscall: 'fsync', path: '/dev/null' })
  })

  describe('disposed', () => {
    it('refuses every member but the disposal ones, and keeps its value', async () => {
      const file = open()
      const { fd } = file
      file.dispose()
      file.dispose()
      const bytes = Buffer.alloc(1)
      for (const member of [() => file.fd, () => file.readSync(bytes), () => file.writeSync(bytes)]) {
        expect(member).toThrow(code('ERR_HOLDFAST_DISPOSED'))
      }
      for (const promise of [file.read(bytes), file.write(bytes), file.sync()]) {
        await expect(promise).rejects.toMatchObject({ code: 'ERR_HOLDFAST_DISPOSED' })
      }
      expect([file.dangerousGetHandle(), file.isInvalid, file.isClosed]).toEqual([fd, false, true])
      await file.disposeAsync()
    })

    it('during a read it closes right after, and the memory goes then, too', async () => {
      const file = open()
      const target = new NativeBuffer(300_000)
      const { bytes } = target
      const reading = file.read(target)
      file.dispose()
      target.dispose()
      expect([file.isDisposed, file.isClosed, target.isClosed, bytes.length]).toEqual([true, false, false, 300_000])
      expect(openFiles()).toHaveLength(isLinux ? 1 : 0)
      expect(await reading).toBe(10)
      expect([file.isClosed, target.isClosed, bytes.length]).toEqual([true, true, 0])
    })

    it('during a write, and when the memory is a view of a buffer', async () => {
      const file = open('r+')
      const source = new NativeBuffer(300_000)
      const writing = file.write(source.view(Float64Array, 8, 1000))
      const closing = [file.disposeAsync(), source.disposeAsync()]
      expect([file.isClosed, source.isClosed]).toEqual([false, false])
      expect(() => source.resize(1)).toThrow()
      expect(await writing).toBe(8000)
      await Promise.all(closing)
      expect([file.isClosed, source.isClosed, statSync(path).size]).toEqual([true, true, 8000])
    })

    it('during a read that fails', async () => {
      const file = SafeFileHandle.open(folder)
      const reading = file.read(Buffer.alloc(8))
      file.dispose()
      await expect(reading).rejects.toMatchObject({ code: 'EISDIR' })
      expect(file.isClosed).toBe(true)
    })

    it('does not take memory whose buffer is disposed', async () => {
      using file = open()
      const target = new NativeBuffer(8)
      const lease = target.lease()
      const { bytes } = target
      target.dispose()
      await expect(file.read(target)).rejects.toMatchObject({ code: 'ERR_HOLDFAST_DISPOSED' })
      await expect(file.read(bytes)).rejects.toMatchObject({ code: 'ERR_HOLDFAST_DISPOSED' })
      lease.dispose()
    })

    it('asynchronously it is closed when that resolves', async () => {
      const file = open()
      const disposal = file.disposeAsync()
      expect([file.isClosed, liveHandles('SafeFileHandle')]).toEqual([true, 0])
      await Promise.all([disposal, file.disposeAsync()])
      expect(openFiles()).toEqual([])
    })

    it('many at once, in any mixture of ways', async () => {
      writeFileSync(path, TEXT)
      const files = Array.from({ length: 3000 }, () => SafeFileHandle.open(path))
      const leases = files.filter((_, index) => index % 7 === 0).map((file) => file.lease())
      const disposals = files.map((file, index) => (index % 5 === 0 ? file.dispose() : file.disposeAsync()))
      disposals.push(...files.map((file) => file.disposeAsync()))
      for (const lease of leases) lease.dispose()
      await Promise.all(disposals)
    })
  })

  it('setHandleAsInvalid() leaves the file open for somebody else', () => {
    const file = open()
    file.setHandleAsInvalid()
    file.dispose()
    expect(openFiles()).toHaveLength(isLinux ? 1 : 0)
    closeSync(file.dangerousGetHandle())
  })
})
