import { DisposableObject } from '../disposable-object.js'

/** Metrics that are registered until this object is disposed. */
export class MetricsRegistration extends DisposableObject {
  readonly #unregister: () => void

  /** @internal */
  constructor(unregister: () => void) {
    super()
    this.#unregister = unregister
  }

  protected override disposeCore(): void {
    this.#unregister()
  }
}

/** Whether it has all of these methods, or classes. */
export function hasFunctions(value: unknown, ...names: string[]): boolean {
  if (value === null || value === undefined) return false
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}
