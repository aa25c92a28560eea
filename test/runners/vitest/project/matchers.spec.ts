import { NativeBuffer } from 'holdfast'
import { expect, test } from 'vitest'
import 'holdfast/vitest'

// Run by test/runners/vitest/vitest.test.ts.

const kept: NativeBuffer[] = []
const leak = () => void kept.push(new NativeBuffer(16))
const open = () => new NativeBuffer(16).dispose()
const later = async (body: () => void) => {
  await Promise.resolve()
  body()
}

test('passes: nothing leaks', async () => {
  expect(open).toLeakNoHandles()
  await expect(() => later(open)).toLeakNoHandles()
})

test('passes: something leaks, and is expected to', async () => {
  expect(leak).not.toLeakNoHandles()
  await expect(() => later(leak)).not.toLeakNoHandles()
})

test('passes: so many are opened', async () => {
  expect(open).toOpenHandles({ NativeBuffer: 1 })
  expect(open).not.toOpenHandles({ NativeBuffer: 2 })
  await expect(() => later(open)).toOpenHandles({ NativeBuffer: 1, NativeArena: 0 })
})

test('passes: disposed or not', () => {
  const buffer = new NativeBuffer(16)
  expect(buffer).not.toBeDisposed()
  buffer.dispose()
  expect(buffer).toBeDisposed()
})

test('fails: something leaks', () => {
  expect(leak).toLeakNoHandles()
})

test('fails: something leaks later', async () => {
  await expect(() => later(leak)).toLeakNoHandles()
})

test('fails: nothing leaks', () => {
  expect(open).not.toLeakNoHandles()
})

test('fails: another number is opened', () => {
  expect(open).toOpenHandles({ NativeBuffer: 2 })
})

test('fails: it is open', () => {
  using buffer = new NativeBuffer(16)
  expect(buffer).toBeDisposed()
})
