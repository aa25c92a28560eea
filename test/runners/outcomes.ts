import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What became of a test, in the words of all runners. */
export interface Outcome {
  state: 'passed' | 'failed' | 'skipped'
  /** What the runner printed of why. */
  message: string
}

/** By the full names of the tests. */
export type Outcomes = ReadonlyMap<string, Outcome>

interface Assertion {
  readonly fullName: string
  readonly status: string
  readonly failureMessages: readonly string[]
}

/** Out of what Jest, and vitest in the same way, write with --json. */
export function outcomesInJson(text: string): Outcomes {
  const { testResults } = JSON.parse(text) as { testResults: readonly { assertionResults: readonly Assertion[] }[] }
  const assertions = testResults.flatMap(({ assertionResults }) => assertionResults)
  return new Map(
    assertions.map(({ fullName, status, failureMessages }) => [
      fullName,
      { state: stateOf(status), message: failureMessages.join('\n') },
    ]),
  )
}

function stateOf(status: string): Outcome['state'] {
  return status === 'passed' || status === 'failed' ? status : 'skipped'
}

/** Out of what node:test writes with --test-reporter=tap, of which nobody else knows the details. */
export function outcomesInTap(text: string): Outcomes {
  const outcomes = new Map<string, Outcome>()
  let last: Outcome | undefined
  for (const line of text.split('\n')) {
    const [, not, name, skip] = /^\s*(not )?ok \d+ - (.*?)( # SKIP.*)?$/.exec(line) ?? []
    if (name === undefined) {
      if (last !== undefined) last.message += `${line}\n`
      continue
    }
    last = { state: skip ? 'skipped' : not ? 'failed' : 'passed', message: '' }
    outcomes.set(name, last)
  }
  return outcomes
}

/** The names of those with a state, in order. */
export function namesOf(outcomes: Outcomes, state: Outcome['state']): string[] {
  return [...outcomes].filter(([, outcome]) => outcome.state === state).map(([name]) => name)
}

/** Where a text stands in a file of a project, as `file:line`. */
export function placeOf(directory: string, file: string, text: string): string {
  const lines = readFileSync(join(directory, file), 'utf8').split('\n')
  const index = lines.findIndex((line) => line.includes(text))
  if (index < 0) throw new Error(`There is no "${text}" in ${file}.`)
  return `${file}:${index + 1}:`
}
