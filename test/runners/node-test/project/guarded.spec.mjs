import assert from 'node:assert/strict'
import test, { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { GC, NativeBuffer } from 'holdfast'
import { withoutHandleTracking } from 'holdfast/testing'

// Run by test/runners/node-test/node-test.test.ts, which knows which of these have to fail.

const kept = []

function keep(buffer) {
  kept.push(buffer)
}

function drop() {
  new NativeBuffer(4096)
}

const ofTheModule = new NativeBuffer(100)
after(() => ofTheModule.dispose())

test('passes: disposes', () => {
  const buffer = new NativeBuffer(16)
  assert.equal(buffer.byteLength, 16)
  buffer.dispose()
})

test('passes: no handle at all', () => {})

test('passes: with a callback', (_t, done) => {
  const buffer = new NativeBuffer(16)
  setTimeout(1).then(() => {
    buffer.dispose()
    done()
  })
})

test('passes: disposes a few turns later', () => {
  const buffer = new NativeBuffer(16)
  setTimeout(5).then(() => buffer.dispose())
})

test('passes: t.after disposes', (t) => {
  const buffer = new NativeBuffer(16)
  t.after(() => buffer.dispose())
})

test('passes: what is opened once and kept', () => {
  withoutHandleTracking(() => keep(new NativeBuffer(16)))
})

describe('passes with hooks', () => {
  let opened
  let shared
  before(() => {
    shared = new NativeBuffer(32)
  })
  after(() => shared.dispose())
  beforeEach(() => {
    opened = new NativeBuffer(16)
  })
  afterEach(() => opened.dispose())

  it('passes: beforeEach opens, afterEach disposes', () => {
    assert.equal(opened.isDisposed, false)
  })

  it('passes: beforeEach opens, the test disposes', () => {
    opened.dispose()
  })

  it('passes: before has opened one', () => {
    assert.equal(shared.isDisposed, false)
  })
})

test('fails: a handle is left open', () => {
  keep(new NativeBuffer(2 ** 20))
})

test('fails: one line leaves three', () => {
  for (let i = 0; i < 3; i++) keep(new NativeBuffer(1024))
})

test('fails: a handle is dropped and collected', () => {
  drop()
  GC.collect()
})

test('fails: a handle is left open after some time', async () => {
  await setTimeout(1)
  keep(new NativeBuffer(16))
})

test('fails: one is disposed of that the module has opened', () => {
  ofTheModule.dispose()
})

test('fails: by itself, and keeps its own error', () => {
  keep(new NativeBuffer(16))
  assert.equal('its own error', 'another')
})

test('passes: has subtests', async (t) => {
  const buffer = new NativeBuffer(16)
  await t.test('passes: a subtest disposes of what its parent has opened', () => buffer.dispose())
})

test('holds subtests', async (t) => {
  await t.test('fails: a subtest', () => keep(new NativeBuffer(16)))
  await t.test('passes: another subtest', () => {})
})

describe('concurrently', { concurrency: true }, () => {
  it('passes: the first', async () => {
    const buffer = new NativeBuffer(16)
    await setTimeout(30)
    buffer.dispose()
  })

  it('fails: the second', async () => {
    await setTimeout(10)
    keep(new NativeBuffer(64))
    await setTimeout(10)
  })

  it('passes: the third', async (t) => {
    await setTimeout(5)
    const buffer = new NativeBuffer(16)
    t.after(() => buffer.dispose())
    await setTimeout(15)
  })
})

test.skip('is skipped', () => {
  keep(new NativeBuffer(16))
})

test('is skipped by itself', (t) => {
  t.skip()
})
