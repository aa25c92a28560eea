/**
 * For `node --import`, with `node:test`: tests that leave a handle behind fail.
 *
 * @module holdfast/node-test
 */
import { AsyncResource, executionAsyncResource } from 'node:async_hooks'
import { afterEach, beforeEach, type TestContext } from 'node:test'
import { TestGuard, watchBetweenTests } from './guard.js'

export { guardHandles } from './guard.js'
export type { HandleTrackingOptions } from './handle-filter.js'

// A module for `node --import`: every test of node:test that leaves a handle behind fails.

const guards = new WeakMap<object, TestGuard>()

/** The process that only starts others for the test files has no tests of its own. */
function isTestProcess(): boolean {
  if (process.env['NODE_TEST_CONTEXT'] !== undefined) return true
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(' ')]
  return !options.includes('--test') || options.some((option) => /^--(experimental-)?test-isolation=none$/.test(option))
}

function guardTests(): void {
  watchBetweenTests()
  beforeEach(begin)
  // Runs before what the program has said with afterEach and t.after, so it only says what is to come after those.
  afterEach((t) => (t as TestContext).after(() => conclude(t as TestContext)))
}

function begin(t: unknown): void {
  guards.set(t as object, new TestGuard({ takesStrays: !runsInContexts() }))
}

/** A test that has failed is done with its after hooks a second time. */
async function conclude(t: TestContext): Promise<void> {
  const guard = guards.get(t)
  guards.delete(t)
  // Since Node 22.2 and 20.16. Of a test that has failed already, another error is not shown.
  const { passed = true } = t as { passed?: boolean }
  if (!passed) return guard?.abandon()
  const error = await guard?.finish()
  if (error !== undefined) throw error
}

type RunInAsyncScope = AsyncResource['runInAsyncScope']

let areContextsEntered: boolean | undefined

/**
 * Makes tests, and their hooks, run each in the context of its guard. Node gives no way to do that from a hook. But
 * to its engine a test is a resource, which runs its function in its scope, and a hook is one, too: from within a
 * hook the prototype of both is found. Where it looks different, only a test that runs alone is guarded completely.
 */
function runsInContexts(): boolean {
  areContextsEntered ??= enterContexts(executionAsyncResource())
  return areContextsEntered
}

function enterContexts(hook: object): boolean {
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf(hook))
  if (!(prototype instanceof AsyncResource) || !Object.hasOwn(prototype, 'run')) return false
  const runInAsyncScope: RunInAsyncScope = function (this: AsyncResource, body, context, ...args) {
    const guard = guards.get(context as object)
    const run = guard === undefined ? body : (...args: never[]) => guard.run(() => Reflect.apply(body, context, args))
    return AsyncResource.prototype.runInAsyncScope.call(this, run as never, context, ...args) as never
  }
  Object.defineProperty(prototype, 'runInAsyncScope', { value: runInAsyncScope, writable: true, configurable: true })
  return true
}

if (isTestProcess()) guardTests()
