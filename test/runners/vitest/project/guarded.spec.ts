import { setTimeout } from 'node:timers/promises'
import { GC, NativeBuffer } from 'holdfast'
import { withoutHandleTracking } from 'holdfast/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'

// Run by test/runners/vitest/vitest.test.ts, which knows which of these have to fail.

const ofTheModule = new NativeBuffer(100)
afterAll(() => ofTheModule.dispose())

describe('passes:', () => {
  test('a using declaration', () => {
    using buffer = new NativeBuffer(16)
    expect(buffer.byteLength).toBe(16)
  })

  test('no handle at all', () => {
    expect(1 + 1).toBe(2)
  })

  test('a handle that is disposed of a few turns later', async () => {
    const buffer = new NativeBuffer(16)
    void setTimeout(5).then(() => buffer.dispose())
  })

  test('a handle that onTestFinished disposes of', () => {
    const buffer = new NativeBuffer(16)
    onTestFinished(() => buffer.dispose())
  })

  test.each([1, 2])('each: %i', (factor) => {
    using buffer = new NativeBuffer(16 * factor)
    expect(buffer.byteLength).toBe(16 * factor)
  })

  let runs = 0
  test('the second of two tries does not leak', { retry: 1 }, () => {
    const buffer = new NativeBuffer(16)
    if (runs++ > 0) buffer.dispose()
  })

  test('three times', { repeats: 2 }, () => {
    using _ = new NativeBuffer(16)
  })

  test('what is opened once and kept', () => {
    withoutHandleTracking(() => keep(new NativeBuffer(16)))
  })
})

describe('passes with hooks:', () => {
  let opened: NativeBuffer
  let shared: NativeBuffer
  beforeAll(() => {
    shared = new NativeBuffer(32)
  })
  afterAll(() => shared.dispose())
  beforeEach(() => {
    opened = new NativeBuffer(16)
  })
  afterEach(() => opened.dispose())

  test('beforeEach opens, afterEach disposes', () => {
    expect(opened.isDisposed).toBe(false)
  })

  test('beforeEach opens, the test disposes', () => {
    opened.dispose()
  })

  test('beforeAll has opened one', () => {
    expect(shared.isDisposed).toBe(false)
  })
})

describe('passes with fixtures:', () => {
  const withBuffer = test.extend<{ buffer: NativeBuffer }>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads the pattern
    buffer: async ({}, use) => {
      using buffer = new NativeBuffer(16)
      await use(buffer)
    },
  })

  withBuffer('one that disposes', ({ buffer }) => {
    expect(buffer.byteLength).toBe(16)
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

  test('a handle is left open after some time', async () => {
    await setTimeout(1)
    keep(new NativeBuffer(16))
  })

  test('a handle is left open while timers are false', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    keep(new NativeBuffer(16))
  })

  test('one is disposed of that beforeAll has opened', () => {
    ofTheModule.dispose()
  })

  test.each([1, 2])('each leaves one, but the first: %i', (number) => {
    const buffer = new NativeBuffer(16)
    if (number === 1) buffer.dispose()
  })

  test('both tries leak', { retry: 1 }, () => {
    keep(new NativeBuffer(16))
  })

  test('by itself, and keeps its own error', () => {
    keep(new NativeBuffer(16))
    expect('its own error').toBe('another')
  })
})

describe('passes concurrently:', () => {
  test.concurrent('the first', async () => {
    using _ = new NativeBuffer(16)
    await setTimeout(20)
  })

  test.concurrent('the third', async () => {
    await setTimeout(10)
    const buffer = new NativeBuffer(16)
    await setTimeout(10)
    buffer.dispose()
  })
})

describe.concurrent('fails concurrently:', () => {
  test('the second', async () => {
    await setTimeout(5)
    keep(new NativeBuffer(64))
    await setTimeout(5)
  })

  test('not the fourth, which is fine', async () => {
    await setTimeout(7)
    using _ = new NativeBuffer(16)
    await setTimeout(7)
  })
})

describe('is skipped:', () => {
  test.skip('from the start', () => {
    keep(new NativeBuffer(16))
  })

  test('by itself', ({ skip }) => {
    keep(new NativeBuffer(16))
    skip()
  })
})

test.fails('passes because it fails, whatever it leaves', () => {
  keep(new NativeBuffer(16))
  throw new Error('on purpose')
})

const kept: NativeBuffer[] = []

function keep(buffer: NativeBuffer): void {
  kept.push(buffer)
}

function drop(): void {
  new NativeBuffer(4096)
}
