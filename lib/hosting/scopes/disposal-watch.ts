import { clearTimeout, setTimeout } from 'node:timers'
import type { ScopeState } from './scope-state.js'
import { warnOfWaiting } from './scope-warnings.js'

/** Tells what a disposal waits for, once, when it waits for longer than it should. */
export class DisposalWatch {
  readonly #scope: ScopeState
  /** From the first wait on. */
  #reason!: () => string
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(scope: ScopeState) {
    this.#scope = scope
  }

  /** To be called before something is awaited. */
  waitFor(reason: () => string): void {
    this.#reason = reason
    this.#timer ??= setTimeout(() => this.#warn(), this.#scope.container.options.disposalWarningMs).unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #warn(): void {
    const { container, isRoot } = this.#scope
    warnOfWaiting(isRoot ? 'ServiceProvider' : 'ServiceScope', container.options.disposalWarningMs, this.#reason())
  }
}
