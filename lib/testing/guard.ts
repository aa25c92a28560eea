import type { HandleLeakError } from '../errors.js'
import { readWaiting } from '../tracking/stack-capture.js'
import { type HandleFilter, type HandleTrackingOptions, handleFilter } from './handle-filter.js'
import { leakErrorOf, pointToOpening } from './leak-message.js'
import { raiseLevelAgain } from './raised-level.js'
import { nestedContext, placeHere, runAloneIn, runIn, type TestContext } from './test-context.js'
import { TestWatch } from './test-watch.js'
import { startWatching } from './watching.js'

// What the guards of all test runners have in common.

let filter: HandleFilter = handleFilter({})

/**
 * Says which handles the guard looks at, in all tests that begin from now on in this process or worker.
 *
 * @throws TypeError for bad options
 */
export function guardHandles(options: HandleTrackingOptions): void {
  filter = handleFilter(options)
}

/** Where a test cannot be run in its context, what is opened while no other test runs is taken for its own. */
interface GuardOptions {
  readonly takesStrays?: boolean
}

/** Guards one run of one test, from its construction to `finish()` or `abandon()`. */
export class TestGuard {
  readonly #context: TestContext
  readonly #watch: TestWatch

  constructor({ takesStrays = false }: GuardOptions = {}) {
    raiseLevelAgain()
    // If the test disposes of what was opened before, it is to be known where.
    readWaiting()
    this.#context = nestedContext()
    this.#watch = new TestWatch({ context: this.#context, filter, takesStrays })
  }

  /** Whatever is opened in there, or because of it, belongs to the test. */
  run<T>(body: () => T): T {
    placeHere(this.#context)
    return runIn(this.#context, body)
  }

  /** The same for a test that is not concurrent; cheaper, where what is opened by others meanwhile is taken for its own. */
  runAlone(body: () => Promise<void>): Promise<void> {
    return runAloneIn(this.#context, body)
  }

  /** For a test that has passed, after its hooks. undefined: there is nothing to complain of. */
  async finish(): Promise<HandleLeakError | undefined> {
    try {
      const error = leakErrorOf(await this.#watch.leftInTheEnd(), this.#watch.foreign)
      return error && pointToOpening(error)
    } finally {
      this.abandon()
    }
  }

  /** For a test that has failed, or was skipped. */
  abandon(): void {
    // A test around this one need not be blamed as well.
    this.#watch.excuseLeft()
    this.#watch.end()
  }
}

/** To be called once in each process, or wherever else the library is loaded anew. */
export function watchBetweenTests(): void {
  startWatching()
}
