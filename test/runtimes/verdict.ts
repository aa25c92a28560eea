import type { RuntimeName } from '../../bench/runtime-packages.js'
import type { Deviation, Observation, Observations } from './observation.js'

/** What is wrong with a run: one sentence for each deviation that nobody knows of, and each known one that has gone. */
export function problemsOf(
  runs: ReadonlyMap<RuntimeName, Observations>,
  known: readonly Deviation[],
): readonly string[] {
  const observed = [...runs].flatMap(([runtime, observations]) =>
    [...observations].flatMap(([check, observation]) => {
      const problem = problemOf(observation, knownFor(known, check, runtime))
      return problem === undefined ? [] : [`${runtime}: "${check}" ${problem}`]
    }),
  )
  return [...observed, ...missingChecks(runs), ...unasked(runs, known)]
}

export function knownFor(known: readonly Deviation[], check: string, runtime: RuntimeName): Deviation | undefined {
  return known.find((deviation) => deviation.check === check && deviation.runtimes.includes(runtime))
}

function problemOf({ outcome, detail = '' }: Observation, known: Deviation | undefined): string | undefined {
  if (outcome === 'ok') return known && `is known to deviate (${known.shows}), and did not. Take it off the list.`
  if (known === undefined) return `${outcome}:\n${detail}`
  return detail.includes(known.shows)
    ? undefined
    : `${outcome} in another way than it is known to (${known.shows}):\n${detail}`
}

function missingChecks(runs: ReadonlyMap<RuntimeName, Observations>): string[] {
  const all = new Set([...runs.values()].flatMap((observations) => [...observations.keys()]))
  if (all.size === 0) return ['No check ran at all.']
  return [...runs].flatMap(([runtime, observations]) =>
    [...all].filter((check) => !observations.has(check)).map((check) => `${runtime}: "${check}" did not run.`),
  )
}

/** Deviations of checks that there are no more. */
function unasked(runs: ReadonlyMap<RuntimeName, Observations>, known: readonly Deviation[]): string[] {
  return known
    .filter(({ check, runtimes }) => runtimes.some((runtime) => runs.get(runtime)?.has(check) === false))
    .map(({ check }) => `"${check}" is known to deviate, and there is no such check.`)
}
