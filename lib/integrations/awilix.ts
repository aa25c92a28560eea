/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Handles in a container of awilix.
 *
 * @module holdfast/awilix
 */
import {
  type AwilixContainer,
  asClass,
  asFunction,
  type BuildResolver,
  type BuildResolverOptions,
  createBuildResolver,
  createDisposableResolver,
  type DisposableResolver,
} from 'awilix'
import { InvalidOperationError } from '../errors.js'
import { isClass } from '../hosting/registration/descriptor.js'
import { checkFunction } from '../validate.js'
import { disposeInOrder, noteConstruction } from './construction-order.js'

type Handle = Disposable | AsyncDisposable

/** The options of `asClass` and `asFunction`, save for the disposer, which is what `asHandle` is for. */
export type HandleResolverOptions<T> = Omit<BuildResolverOptions<T>, 'dispose'>

/**
 * A registration of something disposable, a `SafeHandle` for instance, which awilix disposes of *in order*: of all that
 * one `dispose()` of a container or a scope has to dispose of, the one that was constructed last goes first, so users
 * go before what they were made from; each is awaited before the next; all are disposed of, whatever they throw, and
 * `dispose()` rejects with all of it, several errors as a `SuppressedError`.
 *
 * ```ts
 * container.register({
 *   database: asHandle(Database).singleton(),
 *   statement: asHandle(({ database }: Cradle) => database.prepare(SQL)).scoped(),
 * })
 * await scope.dispose()
 * await container.dispose()
 * ```
 *
 * The order is that of the registrations made by `asHandle`; awilix runs the disposers of others before those, and does
 * not wait for them.
 *
 * @param target a class, or a function that returns the object; its parameters are filled in by awilix
 * @param options `lifetime` is `'SCOPED'` by default. `'TRANSIENT'` is refused when it is resolved: awilix never
 *   disposes of those
 * @throws TypeError when `target` is no function
 */
export function asHandle<T extends Handle>(
  target: (new (...args: any[]) => T) | ((...args: any[]) => T),
  options: HandleResolverOptions<T> = {},
): BuildResolver<T> & DisposableResolver<T> {
  checkFunction('target', target)
  const settings: BuildResolverOptions<T> = { lifetime: 'SCOPED', ...options }
  const made = isClass(target)
    ? asClass(target as new (...args: any[]) => T, settings)
    : asFunction(target as (...args: any[]) => T, settings)
  const resolver = {
    ...made,
    resolve(this: BuildResolver<T>, container: AwilixContainer<any>): T {
      if (this.lifetime === 'TRANSIENT') throw transientRefused(target.name)
      return noteConstruction(made.resolve.call(this, container) as T)
    },
    dispose: disposeInOrder,
  }
  return createDisposableResolver<T, BuildResolver<T>>(createBuildResolver<T, typeof resolver>(resolver))
}

function transientRefused(name: string): InvalidOperationError {
  return new InvalidOperationError(
    `awilix never disposes of a transient, so ${name || 'this handle'} would leak. Make it scoped() or singleton(), or ` +
      'register it with asClass or asFunction, and dispose of what you resolve.',
  )
}
