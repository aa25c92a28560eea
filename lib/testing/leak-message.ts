import { relative, sep } from 'node:path'
import { cwd } from 'node:process'
import { HandleLeakError } from '../errors.js'
import { formatBytes } from '../format-bytes.js'
import type { LiveHandle } from '../live-handle.js'
import { placeOf, textOf } from '../tracking/stack-text.js'
import type { HandlesLeft } from './handle-watch.js'

// What is wrong and what to do about it: one sentence for each place that opens such handles.

/** A handle that somebody disposed of who had not opened it. */
export type ForeignDisposal = LiveHandle

/** Sentences in a message. */
const MAX_SITES = 20

type Fault = 'left' | 'collected' | 'foreign' | 'live'

interface Site {
  readonly kind: string
  readonly fault: Fault
  readonly place: string | undefined
  count: number
  bytes: number
}

/** undefined: there is nothing to complain of. */
export function leakErrorOf(
  { live, collected }: HandlesLeft,
  foreign: readonly ForeignDisposal[] = [],
): HandleLeakError | undefined {
  return errorAbout([
    ['left', live],
    ['collected', collected],
    ['foreign', foreign],
  ])
}

/** For handles that nobody in particular is to blame for. undefined: there are none. */
export function liveHandlesError(handles: readonly LiveHandle[]): HandleLeakError | undefined {
  return errorAbout([['live', handles]])
}

function errorAbout(faults: readonly (readonly [Fault, readonly LiveHandle[]])[]): HandleLeakError | undefined {
  const handles = faults.flatMap(([, handles]) => handles)
  if (handles.length === 0) return undefined
  const error = new HandleLeakError(describe(sitesOf(faults)), handles)
  // Test runners print what can be enumerated: a page for each handle, after all has been said.
  Object.defineProperty(error, 'leaks', { enumerable: false })
  return error
}

/** Test runners show the code where the stack of an error begins: that which has opened the first of the handles. */
export function pointToOpening(error: HandleLeakError): HandleLeakError {
  const stack = error.leaks.find(({ stack }) => stack !== undefined && stack.length > 0)?.stack
  if (stack !== undefined) error.stack = `${error.name}: ${error.message}\n${textOf(stack)}`
  return error
}

function sitesOf(faults: readonly (readonly [Fault, readonly LiveHandle[]])[]): Site[] {
  const sites = new Map<string, Site>()
  for (const [fault, handles] of faults) {
    for (const { kind, bytes, stack } of handles) {
      const place = stack?.[0] && placeOf({ ...stack[0], file: shortened(stack[0].file) })
      const key = `${fault}\n${kind}\n${place}`
      const site = sites.get(key)
      if (site === undefined) sites.set(key, { kind, fault, place, count: 1, bytes })
      else {
        site.count++
        site.bytes += bytes
      }
    }
  }
  return [...sites.values()]
}

/** Relative to the working directory, for what lies in it. */
function shortened(file: string): string {
  const path = relative(cwd(), file)
  return path === '' || path.startsWith(`..${sep}`) ? file : path
}

function describe(sites: readonly Site[]): string {
  const sentences = sites.slice(0, MAX_SITES).map(sentenceOf)
  if (sites.length > MAX_SITES) sentences.push(`So it is with ${sites.length - MAX_SITES} more places.`)
  if (sites.some(({ place }) => place === undefined)) {
    sentences.push('Where each handle was opened is known with HOLDFAST_TRACKING=full in the environment.')
  }
  return sentences.join('\n')
}

function sentenceOf(site: Site): string {
  const isOne = site.count === 1
  const where = site.place === undefined ? '' : ` at ${site.place}`
  const disposal = isOne
    ? 'put it in a `using` declaration or call `dispose()`.'
    : 'put them in `using` declarations or call `dispose()`.'
  switch (site.fault) {
    case 'left':
      return `${subjectOf(site)} opened${where} and never disposed; ${disposal}`
    case 'collected':
      return `${subjectOf(site)} opened${where} and never disposed, only collected; ${disposal}`
    case 'live':
      return `${subjectOf(site)} opened${where} and ${isOne ? 'is' : 'are'} still open; ${disposal}`
    case 'foreign':
      return foreignSentence(site, isOne)
  }
}

function foreignSentence(site: Site, isOne: boolean): string {
  const where = site.place === undefined ? '' : `: ${isOne ? 'it was' : 'they were'} opened at ${site.place}`
  const advice = isOne
    ? 'Leave it to whoever opened it, or open one here.'
    : 'Leave them to whoever opened them, or open some here.'
  return `${subjectOf(site)} disposed by this test, which had not opened ${isOne ? 'it' : 'them'}${where}. ${advice}`
}

function subjectOf({ kind, count, bytes }: Site): string {
  if (count > 1) {
    const size = bytes === 0 ? '' : `, ${formatBytes(bytes)} in all,`
    return `${count} of kind \`${kind}\`${size} were`
  }
  const article = /^[aeiou]/i.test(kind) ? 'An' : 'A'
  const size = bytes === 0 ? '' : ` of ${formatBytes(bytes)}`
  return `${article} \`${kind}\`${size} was`
}
