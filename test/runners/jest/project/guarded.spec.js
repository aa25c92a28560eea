import { setTimeout } from 'node:timers/promises'
import { GC, NativeBuffer } from 'holdfast'
import { withoutHandleTracking } from 'holdfast/testing'

// Run by test/runners/jest/jest.test.ts, which knows which of these have to fail.

const kept = []

function keep(buffer) {
  kept.push(buffer)
}

function drop() {
  new NativeBuffer(4096)
}

const ofTheModule = new NativeBuffer(100)
afterAll(() => ofTheModule.dispose())

// Hooks of a file run after those of a setup file.
let opened
afterEach(() => opened?.dispose())

describe('passes:', () => {
  test('disposes', () => {
    const buffer = new NativeBuffer(16)
    expect(buffer.byteLength).toBe(16)
    buffer.dispose()
  })

  test('no handle at all', () => {})

  test('with a callback', (done) => {
    const buffer = new NativeBuffer(16)
    setTimeout(1).then(() => {
      buffer.dispose()
      done()
    })
  })

  test('disposes a few turns later', () => {
    const buffer = new NativeBuffer(16)
    setTimeout(5).then(() => buffer.dispose())
  })

  test('afterEach disposes', () => {
    opened = new NativeBuffer(16)
  })

  test.each([1, 2])('each: %i', (factor) => {
    new NativeBuffer(16 * factor).dispose()
  })

  test('a generator', function* () {
    const buffer = new NativeBuffer(16)
    yield setTimeout(1)
    buffer.dispose()
  })

  test('what is opened once and kept', () => {
    withoutHandleTracking(() => keep(new NativeBuffer(16)))
  })
})

describe('passes with hooks:', () => {
  let ofTheTest
  let shared
  beforeAll(() => {
    shared = new NativeBuffer(32)
  })
  afterAll(() => shared.dispose())
  beforeEach(() => {
    ofTheTest = new NativeBuffer(16)
  })
  afterEach(() => ofTheTest.dispose())

  test('beforeEach opens, afterEach disposes', () => {
    expect(ofTheTest.isDisposed).toBe(false)
  })

  test('beforeEach opens, the test disposes', () => {
    ofTheTest.dispose()
  })

  test('beforeAll has opened one', () => {
    expect(shared.isDisposed).toBe(false)
  })
})

describe('fails:', () => {
  test('a handle is left open', () => {
    keep(new NativeBuffer(2 ** 20))
  })

  test('one line leaves three', () => {
    for (let i = 0; i < 3; i++) keep(new NativeBuffer(1024))
  })

  test('a handle is dropped and collected', () => {
    drop()
    GC.collect()
  })

  test('a generator leaves a handle open', function* () {
    yield setTimeout(1)
    keep(new NativeBuffer(16))
  })

  test('a handle is left open after some time', async () => {
    await setTimeout(1)
    keep(new NativeBuffer(16))
  })

  test('one is disposed of that the module has opened', () => {
    ofTheModule.dispose()
  })

  test('by itself, and keeps its own error', () => {
    keep(new NativeBuffer(16))
    expect('its own error').toBe('another')
  })
})

describe('concurrently', () => {
  test.concurrent('passes: the first', async () => {
    const buffer = new NativeBuffer(16)
    await setTimeout(30)
    buffer.dispose()
  })

  test.concurrent('fails: the second', async () => {
    await setTimeout(10)
    keep(new NativeBuffer(64))
    await setTimeout(10)
  })

  test.concurrent('passes: the third', async () => {
    await setTimeout(5)
    const buffer = new NativeBuffer(16)
    await setTimeout(15)
    buffer.dispose()
  })
})

describe('is skipped:', () => {
  test.skip('from the start', () => {
    keep(new NativeBuffer(16))
  })
})

test.failing('passes because it fails, whatever it leaves', () => {
  keep(new NativeBuffer(16))
  throw new Error('on purpose')
})
