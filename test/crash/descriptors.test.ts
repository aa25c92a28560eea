import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runForReport } from '../support/child.js'

// What takes descriptors away from a process, or closes them behind its back, runs in one of its own.

/** 100,000 files are made faster there. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(MEMORY, 'holdfast-descriptors-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

const PRELUDE = `
  import { closeSync, existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
  import { Worker } from 'node:worker_threads'
  import { GC, handleStatistics, liveHandles, NativeBuffer, SafeDirectoryHandle, SafeFileHandle } from 'holdfast'
  import { codeOf, report } from './test/support/in-child.mjs'

  const folder = process.argv[1]
  const thrownBy = async (body) => {
    try {
      await body()
      return 'none'
    } catch (error) {
      const { name, code, syscall, path, cause } = error
      return { name, code, syscall, path, cause: cause && { code: cause.code, syscall: cause.syscall, path: cause.path } }
    }
  }
  const links = () => readdirSync('/proc/self/fd').map((fd) => {
    const path = '/proc/self/fd/' + fd
    return existsSync(path) ? readlinkSync(path) : ''
  })
  const descriptors = () => readdirSync('/proc/self/fd').length
`

function run<T>(script: string, options: Parameters<typeof runForReport>[1] = {}): Promise<T> {
  return runForReport<T>(PRELUDE + script, { args: [folder], ...options })
}

describe.skipIf(process.platform !== 'linux')('a process that has few descriptors', () => {
  // Node opens the modules of a package all at once: with fewer the library could not be loaded.
  const LIMIT = 128

  it('gets EMFILE when all are in use, and a file again when some were dropped', async () => {
    const script = `
      let kept = []
      const fill = () => {
        for (;;) kept.push(SafeFileHandle.open('/dev/null'))
      }
      const refusals = [
        await thrownBy(fill),
        await thrownBy(() => SafeFileHandle.openAsync('/dev/null')),
        await thrownBy(() => SafeDirectoryHandle.open('/dev')),
      ]
      const open = liveHandles()
      kept = []
      const again = [SafeFileHandle.open('/dev/null')]
      ;(() => { for (let index = 0; index < 10 * open; index++) SafeFileHandle.open('/dev/null') })()
      again.push(await SafeFileHandle.openAsync('/dev/null'))
      ;(() => { for (let index = 0; index < 10 * open; index++) SafeDirectoryHandle.open('/dev') })()
      report({ refusals, isFull: open > 32, again: again.every((file) => file.fd > 2) })
    `
    const emfile = { name: 'SystemError', code: 'EMFILE', cause: undefined }
    expect(await run(script, { descriptors: LIMIT })).toEqual({
      refusals: [
        { ...emfile, syscall: 'open', path: '/dev/null' },
        { ...emfile, syscall: 'open', path: '/dev/null' },
        { ...emfile, syscall: 'opendir', path: '/dev' },
      ],
      isFull: true,
      again: true,
    })
  })

  it('opens any number one after another on the thread pool, and drops them', async () => {
    const script = `
      for (let index = 0; index < 2000; index++) await SafeFileHandle.openAsync('/dev/null')
      report(handleStatistics().peakLive)
    `
    expect(await run(script, { descriptors: LIMIT })).toBeLessThanOrEqual(LIMIT)
  })
})

describe.skipIf(process.platform !== 'linux')('when a descriptor was closed behind our back', () => {
  const released = (syscall: string, path: string) => ({
    name: 'HandleReleaseError',
    code: 'ERR_HOLDFAST_RELEASE',
    cause: { code: 'EBADF', syscall, path },
  })

  it('a file says so once, to whoever disposes of it, and is closed all the same', async () => {
    const script = `
      const make = () => {
        const file = SafeFileHandle.open('/dev/null')
        closeSync(file.fd)
        return file
      }
      const disposed = make()
      const results = [await thrownBy(() => disposed.dispose()), await thrownBy(() => disposed.dispose())]
      const other = make()
      const calls = [other.disposeAsync(), other.disposeAsync()]
      for (const call of calls) results.push(await thrownBy(() => call))
      results.push(await thrownBy(() => other.disposeAsync()))
      report({ results, live: liveHandles() })
    `
    const refused = released('close', '/dev/null')
    expect(await run(script)).toEqual({ results: [refused, 'none', refused, refused, 'none'], live: 0 })
  })

  it('among many that are disposed of asynchronously, those say so that it happened to', async () => {
    const script = `
      const files = Array.from({ length: 3000 }, () => SafeFileHandle.open('/dev/null'))
      for (const index of [0, 1023, 1024, 2999]) closeSync(files[index].fd)
      const results = await Promise.allSettled(files.map((file) => file.disposeAsync()))
      report(results.flatMap(({ status }, index) => status === 'rejected' ? [index] : []))
    `
    expect(await run(script)).toEqual([0, 1023, 1024, 2999])
  })

  it('a read under way gets the error of the release that waited for it', async () => {
    const script = `
      const file = SafeFileHandle.open('/dev/zero')
      const reading = file.read(Buffer.alloc(64 * 2 ** 20))
      closeSync(file.fd)
      file.dispose()
      const thrown = await reading.catch((error) => error)
      // The read has failed as well when it had not begun by then.
      report(await thrownBy(() => { throw thrown.error ?? thrown }))
    `
    expect(await run(script)).toMatchObject(released('close', '/dev/zero'))
  })

  it.each(['entries', 'async'])('a directory says so, closes and ends: %s', async (way) => {
    const script = `
      const directory = SafeDirectoryHandle.open('/dev')
      const iterator = ${way === 'async' ? 'directory[Symbol.asyncIterator]()' : 'directory.entries()'}
      closeSync(directory.dangerousGetHandle())
      let error
      try { await iterator.next() } catch (caught) { error = caught }
      const { error: latest, suppressed } = error
      report({
        results: [await thrownBy(() => { throw suppressed }), await thrownBy(() => { throw latest })],
        end: await iterator.next(),
        isClosed: directory.isClosed,
      })
    `
    expect(await run(script)).toEqual({
      results: [{ name: 'SystemError', code: 'EBADF', syscall: 'readdir', path: '/dev' }, released('closedir', '/dev')],
      end: { done: true },
      isClosed: true,
    })
  })
})

describe.skipIf(process.platform !== 'linux')('descriptors', () => {
  it('go with the worker that opened them, also when it is terminated in the middle of reading', async () => {
    const script = `
      const worker = () => new Worker(\`
        const modules = Promise.all([import('node:worker_threads'), import('holdfast')])
        modules.then(([{ parentPort }, { NativeBuffer, SafeDirectoryHandle, SafeFileHandle }]) => {
          const files = Array.from({ length: 50 }, () => SafeFileHandle.open('/dev/zero'))
          const directories = Array.from({ length: 50 }, () => SafeDirectoryHandle.open('/proc'))
          const target = new NativeBuffer(2 ** 24)
          const pending = files.map((file) => file.read(target))
          const iterators = directories.map((directory) => directory[Symbol.asyncIterator]())
          iterators.map((iterator) => iterator.next())
          files.slice(0, 10).map((file) => file.disposeAsync())
          for (let index = 0; index < 20; index++) SafeFileHandle.openAsync('/dev/null').then((file) => files.push(file))
          parentPort.postMessage('open')
        })
      \`, { eval: true })
      // The runtime keeps some for itself once there was a worker.
      let before
      for (let round = 0; round < 5; round++) {
        const one = worker()
        await new Promise((resolve) => one.once('message', resolve))
        await one.terminate()
        before ??= descriptors()
      }
      report({ more: descriptors() - before, left: links().filter((link) => ['/dev/zero', '/proc'].includes(link)), live: handleStatistics({ scope: 'process' }).live })
    `
    expect(await run(script)).toEqual({ more: 0, left: [], live: 0 })
  })

  it('are not more than before after everything was opened, used and disposed of', async () => {
    const script = `
      const path = folder + '/used'
      const round = async () => {
        const file = await SafeFileHandle.openAsync(path, 'w+')
        const buffer = new NativeBuffer(100_000)
        await file.write(buffer)
        await file.sync()
        await file.read(buffer, { position: 0 })
        buffer.dispose()
        file.dispose()
        for (const _ of SafeDirectoryHandle.open(folder).entries()) break
        for await (const _ of SafeDirectoryHandle.open(folder)) break
        await SafeFileHandle.open(path).disposeAsync()
      }
      await round()
      const before = descriptors()
      for (let index = 0; index < 20; index++) await round()
      report({ more: descriptors() - before, live: liveHandles() })
    `
    expect(await run(script)).toEqual({ more: 0, live: 0 })
  })

  it('a directory of 100,000 entries is left early, at once and with little memory', async () => {
    const script = `
      const large = folder + '/large'
      mkdirSync(large)
      for (let index = 0; index < 100_000; index++) writeFileSync(large + '/' + index, '')
      const before = process.memoryUsage.rss()
      const start = performance.now()
      for (let round = 0; round < 20; round++) {
        for (const _ of SafeDirectoryHandle.open(large).entries()) break
        for await (const _ of SafeDirectoryHandle.open(large)) break
      }
      const milliseconds = performance.now() - start
      let count = 0
      for (const _ of SafeDirectoryHandle.open(large).entries()) count++
      let asyncCount = 0
      for await (const _ of SafeDirectoryHandle.open(large)) asyncCount++
      report({ milliseconds, count, asyncCount, mebibytes: (process.memoryUsage.rss() - before) / 2 ** 20, live: liveHandles() })
    `
    const result = await run<Record<string, number>>(script)
    expect(result).toMatchObject({ count: 100_000, asyncCount: 100_000, live: 0 })
    expect(result['milliseconds']).toBeLessThan(1000)
    expect(result['mebibytes']).toBeLessThan(100)
  })

  it('a file without permission is refused', async (context) => {
    const path = join(folder, 'private')
    writeFileSync(path, '', { mode: 0 })
    context.skip(process.getuid?.() !== 0, 'only root can become somebody without permission for sure')
    const script = `
      const path = folder + '/private'
      process.setegid(65534)
      process.seteuid(65534)
      report([await thrownBy(() => SafeFileHandle.open(path)), await thrownBy(() => SafeFileHandle.openAsync(path))])
    `
    execFileSync('chmod', ['755', folder])
    const refused = { name: 'SystemError', code: 'EACCES', syscall: 'open', path }
    expect(await run(script)).toEqual([refused, refused])
  })

  it('a full disk takes what fits, then says ENOSPC, and nothing is lost or left open', async (context) => {
    const disk = join(folder, 'disk')
    execFileSync('mkdir', [disk])
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'holdfast', disk], { stdio: 'ignore' })
    } catch {
      return context.skip('this process may not mount a file system')
    }
    try {
      const script = `
        const source = new NativeBuffer(700 * 1024)
        source.bytes.fill(1)
        const file = SafeFileHandle.open(folder + '/disk/full', 'w+')
        const written = [await file.write(source), await file.write(source)]
        const refused = await thrownBy(() => file.write(source))
        const sum = written[0] + written[1]
        const back = new NativeBuffer(2 ** 21)
        const read = await file.read(back, { position: 0 })
        const isIntact = back.bytes.subarray(0, read).every((byte) => byte === 1)
        for (const handle of [file, source, back]) handle.dispose()
        report({ sum, read, isIntact, refused, live: liveHandles() })
      `
      expect(await run(script)).toEqual({
        sum: 2 ** 20,
        read: 2 ** 20,
        isIntact: true,
        refused: { name: 'SystemError', code: 'ENOSPC', syscall: 'write', path: join(disk, 'full') },
        live: 0,
      })
    } finally {
      execFileSync('umount', [disk])
    }
  })
})
