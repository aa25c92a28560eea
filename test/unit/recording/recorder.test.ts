import { existsSync, readdirSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readRecording } from '../../../lib/recording/read-recording.js'
import { Recorder } from '../../../lib/recording/recorder.js'
import { RecordingFile } from '../../../lib/recording/recording-file.js'
import {
  closeChannel,
  collectChannel,
  type HandleCloseMessage,
  type HandleOpenMessage,
  openChannel,
} from '../../../lib/tracking/channels.js'
import { runChild } from '../../support/child.js'
import { at, header, scratchDirectory } from '../../support/recordings.js'

const started: Recorder[] = []

function record(path: string): Recorder {
  const startedAt = Date.now()
  return start(RecordingFile.create(path, header({ startedAt })), startedAt)
}

function start(file: RecordingFile, startedAt = Date.now()): Recorder {
  const recorder = new Recorder(file, { thread: 0, startedAt, samplesMemory: true })
  started.push(recorder)
  recorder.start()
  return recorder
}

afterEach(() => {
  for (const recorder of started.splice(0)) recorder.stop()
})

function open(id: number, message: Partial<HandleOpenMessage> = {}): void {
  openChannel.publish({ id, kind: 'Db', bytes: 100, createdAt: Date.now(), stack: undefined, ...message })
}

function close(id: number, message: Partial<HandleCloseMessage> = {}): void {
  closeChannel.publish({ id, kind: 'Db', bytes: 100, reason: 'disposed', ...message })
}

describe('a recorder', () => {
  it('writes what the channels tell', () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    const recorder = record(path)
    open(1, { stack: at('/app/a.js', 3) })
    open(2 ** 32 + 1, { kind: 'Map', bytes: 2 ** 40 })
    close(1)
    close(2 ** 32 + 1, { bytes: 2 ** 40, reason: 'transferred' })
    collectChannel.publish({ kind: 'minor', milliseconds: 1.5 })
    recorder.programEnded(3)
    recorder.stop()
    const { sites, collections, end, timeline } = readRecording(path)
    expect(sites).toEqual([
      expect.objectContaining({ kind: 'Map', openedBytes: 2 ** 40, transferred: 1, live: 0, stack: [] }),
      expect.objectContaining({ kind: 'Db', openedBytes: 100, disposed: 1, live: 0, stack: at('/app/a.js', 3) }),
    ])
    expect(collections).toEqual([expect.objectContaining({ kind: 'minor', milliseconds: 1.5, thread: 0 })])
    expect(end?.exitCode).toBe(3)
    expect(Math.min(...timeline.rss)).toBeGreaterThan(1_000_000)
  })

  it('has written what happened before the program hangs in synchronous code', () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    record(path)
    for (let id = 0; id < 100; id++) open(id)
    expect(readRecording(path).total.opened).toBe(100)
  })

  it('lags behind a crowd of events by a thousand or so, in code that never yields', () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    record(path)
    for (let id = 0; id < 50_000; id++) open(id)
    const { opened } = readRecording(path).total
    expect(opened).toBeGreaterThan(48_000)
  })

  it('writes by itself what waits', async () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    record(path)
    for (let id = 0; id < 50_000; id++) open(id)
    await vi.waitFor(() => expect(readRecording(path).total.opened).toBe(50_000), { timeout: 5_000 })
  })

  it('takes what is finalized while the thread ends for left, and what is disposed then for disposed', () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    const recorder = record(path)
    for (const id of [1, 2, 3]) open(id)
    close(1, { reason: 'finalized' })
    recorder.beginEnd()
    close(2, { reason: 'finalized' })
    close(3)
    recorder.programEnded(0)
    recorder.stop()
    expect(readRecording(path).total).toMatchObject({ finalized: 1, disposed: 1, live: 1 })
  })

  it('that was stopped listens to nothing, and has closed its file', () => {
    using scratch = scratchDirectory()
    const before = openDescriptors()
    const recorder = record(scratch.path('a.hfrec'))
    expect(openChannel.hasSubscribers).toBe(true)
    recorder.stop()
    recorder.stop()
    expect([openChannel, closeChannel, collectChannel].map(({ hasSubscribers }) => hasSubscribers)).toEqual([
      false,
      false,
      false,
    ])
    expect(openDescriptors()).toEqual(before)
  })

  it('keeps no process alive', async () => {
    using scratch = scratchDirectory()
    const result = await runChild(
      `import { Recorder } from './dist/recording/recorder.js'
       import { RecordingFile } from './dist/recording/recording-file.js'
       const file = RecordingFile.create(process.argv[1], { library: '1.0.0', version: 1 })
       new Recorder(file, { thread: 0, startedAt: Date.now(), samplesMemory: true }).start()`,
      { args: [scratch.path('a.hfrec')], timeout: 20_000 },
    )
    expect(result).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('a recorder that cannot go on', () => {
  async function warningsOf(body: () => void): Promise<NodeJS.ErrnoException[]> {
    const warnings: NodeJS.ErrnoException[] = []
    const listener = (warning: Error) => warnings.push(warning)
    process.on('warning', listener)
    try {
      body()
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      process.off('warning', listener)
    }
    return warnings
  }

  it.skipIf(!existsSync('/dev/full'))('because the disk is full says so once, and stops', async () => {
    const warnings = await warningsOf(() => {
      start(RecordingFile.join('/dev/full'))
      for (let id = 0; id < 10_000; id++) open(id)
    })
    expect(warnings.map(({ code }) => code)).toEqual(['HOLDFAST_RECORDING'])
    expect(warnings[0]?.message).toContain('ENOSPC')
    expect(openChannel.hasSubscribers).toBe(false)
  })

  it('because a stack cannot be read says so, and throws nothing into the program', async () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    const warnings = await warningsOf(() => {
      record(path)
      open(1)
      openChannel.publish({
        id: 2,
        kind: 'Db',
        bytes: 1,
        get stack() {
          throw new Error('no stack')
        },
      })
    })
    expect(warnings.map(({ code }) => code)).toEqual(['HOLDFAST_RECORDING'])
    expect(readRecording(path).total.opened).toBe(1)
  })

  it('because of something that is no error says that, too', async () => {
    using scratch = scratchDirectory()
    const warnings = await warningsOf(() => {
      record(scratch.path('a.hfrec'))
      openChannel.publish({
        id: 2,
        get stack() {
          throw 'a word'
        },
      })
    })
    expect(warnings.map(({ message }) => message)).toEqual(['The recording ends here: unknown. The program goes on.'])
  })

  it('says so at once while the thread ends, when there is no next tick', () => {
    using scratch = scratchDirectory()
    const file = RecordingFile.create(scratch.path('a.hfrec'), header())
    const recorder = start(file)
    recorder.beginEnd()
    file.close()
    const warned: unknown[] = []
    const listener = (warning: unknown) => warned.push(warning)
    process.once('warning', listener)
    recorder.programEnded(0)
    process.off('warning', listener)
    expect(warned).toEqual([expect.objectContaining({ code: 'HOLDFAST_RECORDING' })])
  })

  it('because a message makes no sense leaves a file that can be read', async () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    const warnings = await warningsOf(() => {
      record(path)
      open(1)
      closeChannel.publish({ id: 1, kind: 'Db', bytes: 1, reason: 'vanished' })
    })
    expect(warnings.map(({ code }) => code)).toEqual(['HOLDFAST_RECORDING'])
    expect(readRecording(path).total).toMatchObject({ opened: 1, live: 1 })
  })
})

function openDescriptors(): string[] | undefined {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd') : undefined
}
