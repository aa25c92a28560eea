/**
 * A setup file for Jest: tests that leave a handle behind fail.
 *
 * @module holdfast/jest
 */
import { isGeneratorFunction } from 'node:util/types'
import { InvalidOperationError } from '../errors.js'
import { TestGuard, watchBetweenTests } from './guard.js'
import { stopWatching } from './watching.js'

export { guardHandles } from './guard.js'
export type { HandleTrackingOptions } from './handle-filter.js'

// A module for `setupFilesAfterEnv` of Jest: every test that leaves a handle behind fails.
//
// A hook would not do: top-level hooks of a test file run after those of a setup file. But the runner tells whoever
// is in a list, which it shares with environments, of all it does, and waits for them.

interface Test {
  fn?: (...args: never[]) => unknown
  readonly errors: unknown[]
  readonly failing: boolean
}

interface Hook {
  readonly type: 'beforeAll' | 'afterAll' | 'beforeEach' | 'afterEach'
  fn: (...args: never[]) => unknown
}

interface RunnerEvent {
  readonly name: string
  readonly test?: Test
  readonly hook?: Hook
}

type Handler = (event: RunnerEvent, state: { readonly currentlyRunningTest?: Test | null }) => void | Promise<void>

const guards = new WeakMap<Test, TestGuard>()
const wrapped = new WeakSet<Test | Hook>()
/** The one whose hooks run: there are none for concurrent tests. */
let current: Test | undefined

const handle: Handler = async ({ name, test, hook }, state) => {
  if (name === 'test_started') begin(test as Test)
  else if (name === 'hook_start') wrapHook(hook as Hook, state.currentlyRunningTest ?? undefined)
  else if (name === 'test_done') await conclude(test as Test)
  // Each test file has its own copy of the library, and all of them the same channels.
  else if (name === 'teardown') stopWatching()
}

/** Also for the second try of a test. */
function begin(test: Test): void {
  const body = test.fn
  const isGenerator = isGeneratorFunction(body)
  guards.set(test, new TestGuard({ takesStrays: isGenerator }))
  if (body === undefined || isGenerator || wrapped.has(test)) return
  wrapped.add(test)
  test.fn = inContextOf(() => test, body)
}

function wrapHook(hook: Hook, test: Test | undefined): void {
  current = test
  if (wrapped.has(hook) || isGeneratorFunction(hook.fn)) return
  wrapped.add(hook)
  hook.fn = inContextOf(() => current, hook.fn)
}

/** Jest looks at how many parameters a function has, and whether it is a generator: those stay as they are. */
function inContextOf(test: () => Test | undefined, body: (...args: never[]) => unknown): (...args: never[]) => unknown {
  const run = function (this: unknown, ...args: never[]): unknown {
    const running = test()
    const guard = running && guards.get(running)
    return guard === undefined ? body.apply(this, args) : guard.run(() => body.apply(this, args))
  }
  return Object.defineProperty(run, 'length', { value: body.length })
}

async function conclude(test: Test): Promise<void> {
  // undefined when this was loaded in the middle of the test.
  const guard = guards.get(test)
  guards.delete(test)
  if (test.errors.length > 0 || test.failing) return guard?.abandon()
  const error = await guard?.finish()
  if (error !== undefined) test.errors.push(error)
}

const handlers = (globalThis as Record<symbol, unknown>)[Symbol.for('EVENT_HANDLERS')] as Handler[] | undefined
if (handlers === undefined) {
  throw new InvalidOperationError('holdfast/jest needs the test runner jest-circus, which is the default of Jest.')
}
handlers.push(handle)
watchBetweenTests()
