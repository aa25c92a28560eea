import type { RuntimeName } from '../../bench/runtime-packages.js'
import type { Observation, Observations } from './observation.js'

const MARKS: Record<Observation['outcome'], string> = { ok: '✓', deviates: 'deviates', fails: 'FAILS' }

/** Checks × runtimes, for a terminal. */
export function printTable(
  runs: ReadonlyMap<RuntimeName, Observations>,
  groups: ReadonlyMap<string, readonly string[]>,
): void {
  const widest = Math.max(...[...groups.values()].flat().map((title) => title.length))
  const line = (title: string, cells: readonly string[]) =>
    console.log(`${title.padEnd(widest)}  ${cells.map((cell) => cell.padEnd(8)).join(' ')}`.trimEnd())
  for (const [group, titles] of groups) {
    console.log()
    line(group.toUpperCase(), [...runs.keys()])
    for (const title of titles) {
      const outcomes = [...runs.values()].map((observations) => observations.get(title)?.outcome)
      line(
        title,
        outcomes.map((outcome) => (outcome === undefined ? '–' : MARKS[outcome])),
      )
    }
  }
  console.log()
}
