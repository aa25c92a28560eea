import { NativeArena, NativeBuffer } from 'holdfast'
import { guardHandles } from 'holdfast/vitest'
import { test } from 'vitest'

// Run by test/runners/vitest/vitest.test.ts.

guardHandles({ ignore: ['NativeBuffer'] })

const kept: Disposable[] = []

test('passes: it leaves what is ignored', () => {
  kept.push(new NativeBuffer(16))
})

test('fails: it leaves something else', () => {
  kept.push(new NativeArena())
})
