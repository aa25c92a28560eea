import { InvalidOperationError } from '../../errors.js'
import { GC } from '../../gc.js'
import { type Failure, suppress } from '../../suppressed-error.js'
import * as symbols from '../../symbols.js'
import { hasShutdownStarted } from '../../thread-end.js'
import { noteDisposal } from '../../tracking/disposal-stacks.js'
import type { Entry } from '../../tracking/stack-capture.js'
import { disposalOrder } from './disposal-order.js'
import { DisposalWatch } from './disposal-watch.js'
import { type DisposableService, releaseUnattended } from './ownership.js'
import { closed, DISPOSED, DISPOSING, DRAINING, OPEN, type ScopeState } from './scope-state.js'
import { warnOfDisposal } from './scope-warnings.js'
import type { AsyncServiceScope } from './service-scope.js'

// The one way in which a scope ends, and the root with its open scopes: synchronously, asynchronously, or because its
// `ServiceScope` was collected. Whatever fails, everything is disposed of.

/**
 * @param owner the `ServiceScope`; undefined for the root
 * @param entry the method that the program has called
 * @throws InvalidOperationError when work is pending; nothing has happened then
 */
export function dispose(scope: ScopeState, owner: AsyncServiceScope | undefined, entry: Entry): void {
  if (scope.phase >= DISPOSING) return
  checkNothingPending(scope)
  noteDisposal(scope, entry)
  const failure = disposeNow(scope, owner)
  if (failure !== undefined) throw failure.error
}

function checkNothingPending(scope: ScopeState): void {
  for (const one of withOpenScopes(scope)) {
    if (one.work?.isEmpty === false) throw stillPending(one.work.describe())
    if (one.disposal !== undefined) throw stillPending('the asynchronous disposal of a scope')
  }
}

function stillPending(what: string): InvalidOperationError {
  return new InvalidOperationError(
    `Cannot dispose of services that are in use by ${what}. Call disposeAsync(), which waits, or wait first.`,
  )
}

/** `scope`; for the root its open scopes come first, the newest of them first. */
function withOpenScopes(scope: ScopeState): ScopeState[] {
  const all: ScopeState[] = []
  for (let one = scope.isRoot ? scope.container.newestScope : undefined; one !== undefined; one = one.older)
    all.push(one)
  all.push(scope)
  return all
}

function disposeNow(scope: ScopeState, owner: AsyncServiceScope | undefined): Failure | undefined {
  const all = withOpenScopes(scope)
  for (const one of all) one.phase = DISPOSING
  let failure: Failure | undefined
  const left: DisposableService[] = []
  for (const one of all) {
    failure = disposeServices(one, takeServices(one), left, failure)
    if (one === scope) close(one, owner)
    else close(one)
  }
  // disposeAsync() can still dispose of those.
  scope.owned = left.reverse()
  return failure
}

function takeServices(scope: ScopeState): DisposableService[] {
  const services = disposalOrder(scope)
  scope.owned = []
  return services
}

/** @param left takes what cannot be disposed of synchronously, in the order in which that is to be done */
function disposeServices(
  scope: ScopeState,
  services: DisposableService[],
  left: DisposableService[],
  earlier: Failure | undefined,
): Failure | undefined {
  const dispose = (service: DisposableService) => {
    const { [symbols.dispose]: disposer } = service
    if (typeof disposer !== 'function') {
      left.push(service)
      throw needsAsync(service)
    }
    callDisposer(scope, service, disposer)
  }
  return disposeEach(services, dispose, earlier)
}

/** The last one first, whatever fails. */
function disposeEach(
  services: DisposableService[],
  dispose: (service: DisposableService) => void,
  earlier: Failure | undefined,
): Failure | undefined {
  let failure = earlier
  for (let service = services.pop(); service !== undefined; service = services.pop()) {
    try {
      dispose(service)
    } catch (error) {
      failure = { error: suppress(error, failure) }
    }
  }
  return failure
}

function hasAsync(service: DisposableService): boolean {
  return typeof service[symbols.asyncDispose] === 'function'
}

function needsAsync(service: object): InvalidOperationError {
  return new InvalidOperationError(
    `${nameOf(service)} has Symbol.asyncDispose only, and dispose() cannot wait for it. Call disposeAsync(), also now.`,
  )
}

function nameOf(service: object): string {
  return service.constructor?.name || 'a service'
}

/** What a disposer calls before it returns must not wait for the disposal: it is a part of it. */
function callDisposer(scope: ScopeState, service: DisposableService, disposer: (() => unknown) | undefined): unknown {
  const { root } = scope.container
  const isRootInDisposer = root.isInDisposer
  scope.isInDisposer = true
  root.isInDisposer ||= root.phase >= DISPOSING
  try {
    return disposer?.call(service)
  } finally {
    scope.isInDisposer = false
    root.isInDisposer = isRootInDisposer
  }
}

/** What went wrong, if anything did. */
type Outcome = Failure | undefined

/** Settles with the disposal that is under way. After one that is done it does what that could not do. */
export function disposeAsync(scope: ScopeState, owner: AsyncServiceScope | undefined, entry: Entry): Promise<void> {
  if (scope.disposal !== undefined) return scope.isInDisposer ? Promise.resolve() : scope.disposal
  if (scope.phase >= DISPOSING && scope.owned.length === 0) return Promise.resolve()
  noteDisposal(scope, entry)
  const watch = new DisposalWatch(scope)
  const outcome = mustWait(scope) ? disposeAfterWork(scope, watch) : disposeOwn(scope, undefined, watch, owner)
  if (!(outcome instanceof Promise)) return settle(outcome)
  scope.disposal = attend(outcome, watch, owner)
  return scope.disposal
}

function settle(outcome: Outcome): Promise<void> {
  return outcome === undefined ? Promise.resolve() : Promise.reject(outcome.error)
}

/** @param owner must not be collected meanwhile: it would count as forgotten */
async function attend(outcome: Promise<Outcome>, watch: DisposalWatch, owner: object | undefined): Promise<void> {
  const failure = await outcome
  watch.stop()
  if (owner !== undefined) GC.keepAlive(owner)
  if (failure !== undefined) throw failure.error
}

function mustWait(scope: ScopeState): boolean {
  return scope.work?.isEmpty === false || (scope.isRoot && scope.container.newestScope !== undefined)
}

async function disposeAfterWork(scope: ScopeState, watch: DisposalWatch): Promise<Outcome> {
  // None of them is forgotten any more.
  const owners = withOpenScopes(scope).map(({ owner }) => owner?.find())
  await drain(scope, watch)
  const all = withOpenScopes(scope)
  owners.push(...all.map(({ owner }) => owner?.find()))
  const ended = all.filter((one) => one === scope || one.disposal === undefined)
  for (const one of ended) {
    one.phase = DISPOSING
    one.disposal ??= scope.disposal
  }
  let failure: Outcome
  for (const one of all) {
    if (ended.includes(one)) failure = await disposeOwn(one, failure, watch)
    else await one.disposal?.catch(isOfItsCaller)
  }
  GC.keepAlive(owners)
  return failure
}

/** Who has called `disposeAsync` of the scope is told. */
function isOfItsCaller(): void {}

/** Waits for the work that uses services. It may resolve more of them, open scopes and begin more work. */
async function drain(scope: ScopeState, watch: DisposalWatch): Promise<void> {
  for (;;) {
    const all = withOpenScopes(scope)
    for (const one of all) if (one.phase === OPEN) one.phase = DRAINING
    const busy = all.find(({ work }) => work?.isEmpty === false)?.work
    if (busy === undefined) return
    watch.waitFor(() => busy.describe())
    await busy.done()
  }
}

/** At once, when nothing has to be awaited. */
function disposeOwn(
  scope: ScopeState,
  earlier: Outcome,
  watch: DisposalWatch,
  owner?: AsyncServiceScope,
): Outcome | Promise<Outcome> {
  scope.phase = DISPOSING
  const services = takeServices(scope)
  if (services.some(hasAsync)) return disposeInTurn(scope, services, earlier, watch)
  const failure = disposeServices(scope, services, [], earlier)
  close(scope, owner)
  return failure
}

async function disposeInTurn(
  scope: ScopeState,
  services: DisposableService[],
  earlier: Outcome,
  watch: DisposalWatch,
): Promise<Outcome> {
  let failure = earlier
  for (let service = services.pop(); service !== undefined; service = services.pop()) {
    const name = nameOf(service)
    try {
      if (!hasAsync(service)) callDisposer(scope, service, service[symbols.dispose])
      else {
        const disposed = callDisposer(scope, service, service[symbols.asyncDispose])
        watch.waitFor(() => `the disposal of ${name}`)
        await disposed
      }
    } catch (error) {
      failure = { error: suppress(error, failure) }
    }
  }
  close(scope)
  return failure
}

/** @param owner to be looked for if it is not at hand */
function close(scope: ScopeState, owner?: AsyncServiceScope): void {
  scope.phase = DISPOSED
  scope.disposal = undefined
  scope.work = undefined
  scope.cache = []
  if (scope.owner === undefined) return
  scope.container.unlink(scope)
  const found = owner ?? scope.owner.find()
  found?.[closed]()
}

/** The `ServiceScope` was collected, or its thread ends. There is no caller. */
export function disposeCollected(scope: ScopeState): void {
  if (scope.phase >= DISPOSING) return
  const watch = new DisposalWatch(scope)
  const outcome = hasShutdownStarted() ? disposeAtEnd(scope) : disposeOwn(scope, undefined, watch)
  if (outcome instanceof Promise) scope.disposal = attend(outcome.then(warnOfOutcome), watch, undefined)
  else warnOfOutcome(outcome)
}

function warnOfOutcome(outcome: Outcome): undefined {
  if (outcome !== undefined) warnOfDisposal(outcome.error)
}

/** Nothing can be awaited any more. */
function disposeAtEnd(scope: ScopeState): Outcome {
  scope.phase = DISPOSING
  const failure = disposeEach(takeServices(scope), releaseUnattended, undefined)
  close(scope)
  return failure
}
