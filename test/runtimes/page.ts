import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from '../../bench/project.js'
import { PACKAGES, type RuntimeName } from '../../bench/runtime-packages.js'
import type { Deviation, Observations } from './observation.js'

// The part of docs/runtimes.md that a run makes, and is compared with.

const PAGE = join(PROJECT, 'docs/runtimes.md')
const BEGIN = '<!-- from here on made by npm run test:runtimes -- --write -->'
const END = '<!-- until here -->'

/** Tables of what each runtime has shown, and the known deviations below. */
export function generatedPart(
  runs: ReadonlyMap<RuntimeName, Observations>,
  groups: ReadonlyMap<string, readonly string[]>,
  known: readonly Deviation[],
): string {
  const names = [...runs.keys()]
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const head = [row(['', ...names]), row(['---', ...names.map(() => ':-:')])]
  const cell = (check: string, runtime: RuntimeName) => {
    if (runs.get(runtime)?.get(check)?.outcome === 'ok') return '✓'
    const place = known.findIndex((deviation) => deviation.check === check && deviation.runtimes.includes(runtime))
    return place < 0 ? '?' : `[${place + 1}](#deviations)`
  }
  const tables = [...groups].flatMap(([group, checks]) => [
    `### ${group[0]?.toUpperCase()}${group.slice(1)}`,
    '',
    ...head,
    ...checks.map((check) => row([check, ...names.map((runtime) => cell(check, runtime))])),
    '',
  ])
  const notes = known.map(
    ({ check, runtimes, reason }, index) => `${index + 1}. **${runtimes.join(', ')}**: *${check}*. ${reason}`,
  )
  return [
    BEGIN,
    '',
    ...head,
    row(['version', ...names.map((name) => PACKAGES[name].version)]),
    '',
    ...tables,
    '## Deviations',
    '',
    ...notes,
    '',
    END,
  ].join('\n')
}

function splitPage(): { before: string; part: string; after: string } {
  const page = readFileSync(PAGE, 'utf8')
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has lost the marks around what is made of a run.`)
  return {
    before: page.slice(0, begin),
    part: page.slice(begin, end + END.length),
    after: page.slice(end + END.length),
  }
}

export function pageSays(part: string): boolean {
  return splitPage().part === part
}

export function writePage(part: string): void {
  const { before, after } = splitPage()
  writeFileSync(PAGE, before + part + after)
}
