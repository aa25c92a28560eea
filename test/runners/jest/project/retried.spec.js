import { jest } from '@jest/globals'
import { NativeBuffer } from 'holdfast'

jest.retryTimes(1)

let runs = 0

test('passes: the second of two tries does not leak', () => {
  const buffer = new NativeBuffer(16)
  if (runs++ > 0) buffer.dispose()
})

test('fails: both tries leak', () => {
  globalThis.kept = [globalThis.kept, new NativeBuffer(16)]
})
