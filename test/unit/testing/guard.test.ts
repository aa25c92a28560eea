import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { NativeBuffer } from '../../../lib/index.js'
import { TestGuard } from '../../../lib/testing/guard.js'
import { withoutHandleTracking } from '../../../lib/testing/index.js'
import { tracking } from '../../../lib/tracking/index.js'

// The guard of all test runners; test/runners runs each of them.

const kept: NativeBuffer[] = []
const open = () => {
  const buffer = new NativeBuffer(16)
  kept.push(buffer)
  return buffer
}

afterEach(() => {
  for (const buffer of kept.splice(0)) buffer.dispose()
  tracking.level = 'off'
})

describe('the guard of a test', () => {
  it('complains of what the test leaves, however long it takes', async () => {
    const guard = new TestGuard()
    await guard.runAlone(async () => {
      await setTimeout(1)
      open()
    })
    expect(await guard.finish()).toMatchObject({ code: 'ERR_HOLDFAST_LEAK' })
  })

  it('knows of two that run at once which has left what', async () => {
    const guards = [new TestGuard(), new TestGuard()] as const
    const clean = guards[0].runAlone(async () => open().dispose())
    const leaking = guards[1].runAlone(async () => {
      await setTimeout(1)
      open()
    })
    await Promise.all([clean, leaking])
    expect(await guards[0].finish()).toBeUndefined()
    expect(await guards[1].finish()).toMatchObject({ code: 'ERR_HOLDFAST_LEAK' })
  })

  it('sees handles also after a test before it has turned tracking off', async () => {
    const before = new TestGuard()
    tracking.level = 'off'
    const guard = new TestGuard()
    guard.run(open)
    expect(await guard.finish()).toMatchObject({ code: 'ERR_HOLDFAST_LEAK' })
    before.abandon()
  })

  it('says that a handle was not for the test to dispose of, and not where it was opened, if that is not known', async () => {
    const buffer = open()
    const guard = new TestGuard()
    guard.run(() => buffer.dispose())
    const error = await guard.finish()
    expect(error?.leaks).toMatchObject([{ kind: 'NativeBuffer' }])
    expect(error?.leaks[0]?.stack).toBeUndefined()
  })

  it('leaves it to nobody what is disposed of on nobody’s behalf', async () => {
    const buffer = open()
    const guard = new TestGuard()
    guard.run(() => withoutHandleTracking(() => buffer.dispose()))
    expect(await guard.finish()).toBeUndefined()
  })

  it('can be ended twice, and ends none but itself', async () => {
    const [first, second] = [new TestGuard(), new TestGuard()]
    first.abandon()
    first.abandon()
    second.run(open)
    expect(await second.finish()).toMatchObject({ code: 'ERR_HOLDFAST_LEAK' })
  })
})
