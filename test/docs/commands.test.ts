import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { commandLine } from '../../lib/cli/command-line.js'
import { type Page, pagesUnder, parsePage } from './pages.js'

// Commands that the pages tell their readers to type.

const pages = pagesUnder()
const scripts = new Set(Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).scripts))
const commands = new Map(commandLine(() => {}).commands.map((command) => [command.name(), command]))

/** What is in a block for a shell, and what is quoted within a sentence. */
function linesToType({ blocks, prose }: Page): string[] {
  const shell = blocks.filter(({ language }) => language === 'sh').flatMap((block) => block.text.split('\n'))
  return [...shell, ...Array.from(prose.matchAll(/`([^`\n]+)`/g), ([, quoted]) => quoted as string)].flatMap((line) =>
    line.replace(/ #.*/, '').split(/ && | \|\| |; /),
  )
}

const NOT_A_COMMAND = /^holdfast(?:\/|:|$)|^holdfast run …/

/** Why a line cannot be typed as it stands. */
function problemWith(line: string): string | undefined {
  const script = /^npm (?:run (?:--\S+ )*([\w:-]+)|(test)\b)/.exec(line)
  const name = script?.[1] ?? script?.[2]
  if (name !== undefined && !scripts.has(name)) return `no script ${name}`
  const [, path] = /^npx vitest run (?:-\S+ )*([\w./-]+)/.exec(line) ?? []
  if (path !== undefined && !existsSync(path)) return `no ${path}`
  const [, args] = /(?:^|\bnpx |cli\/)holdfast(?:\.js)? (.+)$/.exec(line) ?? []
  return args === undefined || NOT_A_COMMAND.test(line) ? undefined : problemOfCommand(args.split(' '))
}

function problemOfCommand([name = '', ...args]: readonly string[]): string | undefined {
  if (/^(?:--help|--version|help|<|…)/.test(name)) return undefined
  const command = commands.get(name)
  if (command === undefined) return `no command ${name}`
  const end = name === 'run' ? args.findIndex((word) => /\.(?:js|ts)$/.test(word)) : -1
  const options = args.slice(0, end < 0 ? undefined : end).filter((word) => /^--?[a-z]/.test(word))
  const unknown = options.find((option) => !knows(command, option.replace(/=.*/, '')))
  return unknown === undefined ? undefined : `no option ${unknown} of ${name}`
}

function knows(command: Command, option: string): boolean {
  return command.options.some(({ short, long }) => option === short || option === long)
}

const problems = (page: Page) =>
  linesToType(page).flatMap((line) => {
    const problem = problemWith(line)
    return problem === undefined ? [] : [`${line}: ${problem}`]
  })

describe('commands', () => {
  it.each(pages.filter(({ path }) => !path.startsWith('docs/decisions')))('of $path exist', (page) => {
    expect(problems(page)).toEqual([])
  })

  it('that do not exist are found', () => {
    const text = [
      ...['```sh', 'npm run no-such-script', 'npx holdfast run --no-such x.js', 'npx vitest run test/none', '```'],
      'Then `npm ci && npm run demo`, `holdfast forget x`, `holdfast run x.js --any` and `npx holdfast report a.hfrec`.',
    ].join('\n')
    expect(problems(parsePage('x.md', text))).toHaveLength(4)
  })

  it('are many', () => {
    const typed = pages.flatMap(linesToType).filter((line) => /^(?:npm|npx|node|holdfast) /.test(line))
    expect(typed.length).toBeGreaterThan(40)
  })
})
