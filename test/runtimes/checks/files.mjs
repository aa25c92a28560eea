import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { liveHandles, MappedFile, NativeBuffer, SafeDirectoryHandle, SafeFileHandle, SharedMemory } from 'holdfast'
import { codeOf } from '../../support/in-child.mjs'
import { collectWithTurns, inFolder, runScript } from '../support.mjs'

const PAGE = 65_536

const openDescriptors = () => readdirSync('/proc/self/fd').length

export const files = {
  'a file is written and read, synchronously': inFolder((folder) => {
    const path = join(folder, 'file')
    const file = SafeFileHandle.open(path, 'w+')
    const buffer = NativeBuffer.from('hello native world')
    assert.equal(file.writeSync(buffer, { position: 0 }), 18)
    const target = new Uint8Array(18)
    assert.equal(file.readSync(target, { position: 0 }), 18)
    assert.equal(Buffer.from(target).toString(), 'hello native world')
    assert.equal(readFileSync(path, 'utf8'), 'hello native world')
    file.dispose()
    buffer.dispose()
    assert.equal(liveHandles(), 0)
  }),

  'a file is opened, written, read, synced and closed asynchronously': inFolder(async (folder) => {
    const path = join(folder, 'file')
    const file = await SafeFileHandle.openAsync(path, 'w+')
    const buffer = new NativeBuffer(2 ** 20)
    buffer.bytes.fill(8)
    assert.equal(await file.write(buffer, { position: 0 }), 2 ** 20)
    await file.sync()
    const target = new NativeBuffer(2 ** 20)
    assert.equal(await file.read(target, { position: 0 }), 2 ** 20)
    assert.equal(target.bytes[2 ** 20 - 1], 8)
    await file.disposeAsync()
    await buffer.disposeAsync()
    await target.disposeAsync()
    assert.equal(liveHandles(), 0)
  }),

  'a read in flight keeps file and memory open, whoever disposes of them': inFolder(async (folder) => {
    const path = join(folder, 'file')
    writeFileSync(path, new Uint8Array(2 ** 20).fill(4))
    const file = SafeFileHandle.open(path)
    const buffer = new NativeBuffer(2 ** 20)
    const { bytes } = buffer
    const reading = file.read(buffer, { position: 0 })
    buffer.dispose()
    file.dispose()
    assert.equal(bytes.length, 2 ** 20)
    assert.equal(await reading, 2 ** 20)
    assert.deepEqual([buffer.isClosed, file.isClosed, liveHandles()], [true, true, 0])
  }),

  'a file that is missing gives the error of node:fs': async () => {
    assert.equal(
      codeOf(() => SafeFileHandle.open('/nowhere/at/all')),
      'ENOENT',
    )
    await assert.rejects(SafeFileHandle.openAsync('/nowhere/at/all'), { code: 'ENOENT' })
  },

  'descriptors that were dropped are closed': inFolder(async (folder) => {
    const path = join(folder, 'file')
    writeFileSync(path, 'x')
    const before = openDescriptors()
    ;(() => {
      for (let index = 0; index < 200; index++) SafeFileHandle.open(path)
    })()
    await collectWithTurns(() => liveHandles() === 0)
    assert.equal(liveHandles(), 0)
    assert.ok(openDescriptors() <= before + 2, `${openDescriptors() - before} descriptors more than before`)
  }),

  'a directory is listed, in both ways, and closed by the loop': inFolder(async (folder) => {
    mkdirSync(join(folder, 'sub'))
    writeFileSync(join(folder, 'file'), '')
    const expected = [
      { name: 'file', kind: 'file' },
      { name: 'sub', kind: 'directory' },
    ]
    const byName = (a, b) => a.name.localeCompare(b.name)
    const listed = [...SafeDirectoryHandle.open(folder).entries()].sort(byName)
    assert.deepEqual(
      listed.map(({ name, kind }) => ({ name, kind })),
      expected,
    )
    const later = []
    for await (const { name, kind } of SafeDirectoryHandle.open(folder)) later.push({ name, kind })
    assert.deepEqual(later.sort(byName), expected)
    assert.equal(liveHandles(), 0)
  }),

  'a mapped file shows its bytes, and writes reach the file in mode r+ only': inFolder((folder) => {
    const path = join(folder, 'file')
    writeFileSync(path, new Uint8Array(3 * PAGE).fill(1))
    const reader = MappedFile.open(path, { offset: 5, length: 100 })
    reader.bytes.fill(2)
    const writer = MappedFile.open(path, { mode: 'r+' })
    writer.bytes[0] = 3
    writer.flush()
    const { bytes } = writer
    writer.dispose()
    reader.dispose()
    assert.equal(bytes.length, 0)
    const now = readFileSync(path)
    assert.deepEqual([now[0], now[5]], [3, 1])
    assert.equal(liveHandles(), 0)
  }),

  'flushAsync() works on the thread pool': inFolder(async (folder) => {
    const path = join(folder, 'file')
    writeFileSync(path, new Uint8Array(PAGE))
    const file = MappedFile.open(path, { mode: 'r+' })
    file.bytes.fill(9)
    await file.flushAsync()
    await file.disposeAsync()
    assert.equal(readFileSync(path)[PAGE - 1], 9)
  }),

  'a file that becomes shorter under a map does not end the process': inFolder(async (folder) => {
    const path = join(folder, 'file')
    writeFileSync(path, new Uint8Array(4 * PAGE).fill(1))
    const result = await runScript(new URL('../fixtures/truncated-map.mjs', import.meta.url), path)
    assert.deepEqual(
      [result.code, result.signal, result.stdout.trim()],
      [0, null, '0 true ERR_HOLDFAST_INVALID_OPERATION'],
    )
  }),

  'a map that is dropped is unmapped': inFolder(async (folder) => {
    const path = join(folder, 'mapped-and-dropped')
    writeFileSync(path, new Uint8Array(PAGE))
    ;(() => {
      for (let index = 0; index < 100; index++) MappedFile.open(path)
    })()
    await collectWithTurns(() => liveHandles() === 0)
    assert.equal(liveHandles(), 0)
    const left = readFileSync('/proc/self/maps', 'utf8').split('mapped-and-dropped').length - 1
    assert.ok(left <= 2, `${left} of 100 maps were left`)
  }),

  'shared memory is one segment for all who open its name': () => {
    const name = `holdfast-runtime-${process.pid}`
    const owner = SharedMemory.create(name, PAGE)
    const other = SharedMemory.open(name)
    owner.bytes[7] = 77
    assert.deepEqual([other.bytes[7], owner.isOwner, other.isOwner], [77, true, false])
    other.dispose()
    owner.dispose()
    assert.equal(
      codeOf(() => SharedMemory.open(name)),
      'ENOENT',
    )
  },
}
