import { REMEDIES } from '../../recording/leak-class.js'
import { count, duration, handles } from './format.js'
import type { Site } from './report-model.js'

// What a site means, and what to do about it, in words.

export type Verdict = 'leaks' | 'churns' | 'fine'

/** Opened this often, and closed this soon, one handle that is kept would have done. */
const MANY_OPENED = 1000
const SHORT_LIFE_MS = 50

export function verdictOf(site: Site): Verdict {
  if (site.leaked > 0) return 'leaks'
  const shortLived = site.meanLifetime !== undefined && site.meanLifetime < SHORT_LIFE_MS
  return site.opened >= MANY_OPENED && shortLived ? 'churns' : 'fine'
}

/** One sentence on what happened at a site. */
export function whatHappened(site: Site): string {
  const { live, finalized, opened, kind } = site
  if (site.leaked === 0) {
    if (verdictOf(site) === 'churns') {
      return `${count(opened)} were opened here, and each lived ${duration(site.meanLifetime as number)} on average.`
    }
    const how = site.transferred > 0 ? 'disposed of or given to another thread' : 'disposed of'
    return opened === 1 ? `The one handle opened here was ${how}.` : `All ${handles(opened)} opened here were ${how}.`
  }
  if (opened === 1) {
    return `The one ${kind} opened here was ${live === 1 ? 'still open at the end' : 'collected without dispose'}.`
  }
  const parts: string[] = []
  if (live > 0) parts.push(`${count(live)} ${live === 1 ? 'was' : 'were'} still open at the end`)
  if (finalized > 0) parts.push(`${count(finalized)} ${finalized === 1 ? 'was' : 'were'} collected without dispose`)
  return `Of ${count(opened)} ${kind} handles opened here, ${parts.join(' and ')}.`
}

/** What to change in the program; undefined: nothing. */
export function fixFor(site: Site): string | undefined {
  if (site.leakClass !== undefined) return REMEDIES[site.leakClass]
  return verdictOf(site) === 'churns'
    ? 'Nothing leaks here. Opening one and keeping it would spare the program the others.'
    : undefined
}
