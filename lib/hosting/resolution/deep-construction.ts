import type { ScopeState } from '../scopes/scope-state.js'
import type { Argument, ConstructedSite } from './call-site.js'
import { Construction, noteArgument } from './construction.js'

// Services are constructed by recursion, as deep as they stand on one another. Where that is deeper than the engine's
// stack allows for, which a chain of thousands of services is, the stack is an array.

/** From this many services on top of one another on. */
export const MAX_RECURSION = 256

interface Frame {
  readonly site: ConstructedSite
  readonly construction: Construction
  /** The arguments that are resolved. */
  readonly values: unknown[]
}

export function constructDeep(site: ConstructedSite, home: ScopeState, user: Construction | undefined): unknown {
  const frames = [begin(site, home, user)]
  try {
    for (;;) {
      const frame = frames.at(-1) as Frame
      const next = frame.site.recipe.arguments[frame.values.length]
      if (next !== undefined) {
        const deeper = resolveOrBegin(next, frame)
        if (deeper !== undefined) frames.push(deeper)
        continue
      }
      const service = finish(frame)
      frames.pop()
      const waiting = frames.at(-1)
      if (waiting === undefined) return service
      take(waiting, waiting.site.recipe.arguments[waiting.values.length] as Argument, service)
    }
  } catch (error) {
    throw failAll(frames, error)
  }
}

/** @returns what to throw */
function failAll(frames: readonly Frame[], error: unknown): unknown {
  return frames.reduceRight((failure, { site, construction }) => site.fail(failure, construction), error)
}

function begin(site: ConstructedSite, home: ScopeState, user: Construction | undefined): Frame {
  site.begin(home, user)
  return { site, construction: new Construction(site, home, user), values: [] }
}

/** @returns the frame of what has to be constructed for the argument, with an array as a stack */
function resolveOrBegin(argument: Argument, frame: Frame): Frame | undefined {
  const { construction } = frame
  const { scope } = construction
  if (isDeepSite(argument)) {
    const home = argument.homeOf(scope)
    const cached = argument.cachedIn(home)
    if (cached === undefined) return begin(argument, home, construction)
    take(frame, argument, cached)
  } else {
    take(frame, argument, argument.resolve(scope, construction))
  }
  return undefined
}

function isDeepSite(argument: Argument): argument is ConstructedSite {
  return (argument as { isDeep?: boolean }).isDeep === true
}

function take({ values, construction }: Frame, argument: Argument, value: unknown): void {
  noteArgument(argument, value, construction)
  values.push(value)
}

function finish({ site, construction, values }: Frame): unknown {
  return site.finish(site.recipe.createFrom(values, construction.scope, construction), construction)
}
