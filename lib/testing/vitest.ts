/**
 * A setup file for vitest: tests that leave a handle behind fail.
 *
 * @module holdfast/vitest
 */
import * as vitest from 'vitest'
import { TestGuard, watchBetweenTests } from './guard.js'
import { handleMatchers } from './matchers.js'

export { guardHandles } from './guard.js'
export type { HandleTrackingOptions } from './handle-filter.js'

// A setup file for vitest: every test that leaves a handle behind fails, and `expect` gets the matchers.

type Task = vitest.RunnerTestCase

/** Gone in vitest 5, where it is not needed. By a variable, since Vite looks for what is imported by a literal. */
const SUITE = 'vitest/suite'

declare module 'vitest' {
  interface Matchers<T = any> {
    /** The function disposes of every handle that it opens. To be awaited when the function returns a promise. */
    toLeakNoHandles(): T extends () => PromiseLike<unknown> ? Promise<void> : void
    /** The function opens so many handles of each kind that is named. To be awaited when it returns a promise. */
    toOpenHandles(
      expected: Readonly<Record<string, number>>,
    ): T extends () => PromiseLike<unknown> ? Promise<void> : void
    /** The handle was disposed of. */
    toBeDisposed(): void
  }
}

vitest.expect.extend(handleMatchers)
watchBetweenTests()
if ('aroundEach' in vitest) guardAround()
else guardByHooks(await import(/* @vite-ignore */ SUITE))

/** Around all hooks of the test, and its fixtures. */
function guardAround(): void {
  vitest.aroundEach(async (runTest, { task }) => {
    const guard = new TestGuard()
    await (task.concurrent ? guard.run(runTest) : guard.runAlone(runTest))
    await conclude(guard, task)
  })
}

async function conclude(guard: TestGuard, task: Task): Promise<void> {
  // Where a test is to fail, a complaint would be taken for that.
  if (task.result?.state !== 'pass' || task.fails) return guard.abandon()
  const error = await guard.finish()
  if (error !== undefined) throw error
}

const guards = new WeakMap<Task, TestGuard>()

/** Before vitest 4.1. Its hooks cannot run anything in a context: only the function of the test does. */
function guardByHooks({ getFn, setFn }: typeof import('vitest/suite')): void {
  vitest.beforeEach(({ task, onTestFinished }) => {
    const wasWrapped = guards.has(task)
    guards.set(task, new TestGuard({ takesStrays: true }))
    if (!wasWrapped) {
      const body = getFn(task)
      setFn(task, () => (guards.get(task) as TestGuard).run(body))
    }
    // The first of these functions is called last.
    onTestFinished(() => conclude(guards.get(task) as TestGuard, task))
  })
}
