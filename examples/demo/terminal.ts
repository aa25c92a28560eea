// Everything the demonstration prints goes through here: at most 80 columns wide, styled and updated in
// place on a terminal only.
import { stripVTControlCharacters, styleText } from 'node:util'

const { stdout } = process
// hasColors() knows NO_COLOR and dumb terminals; styleText of Node 20 does not.
const styled = stdout.isTTY && stdout.hasColors()
const inPlace = stdout.isTTY && process.env['TERM'] !== 'dumb'

const WIDTH = 80
const INDENT = '  '

type Style = Parameters<typeof styleText>[0]

export function style(format: Style, text: string): string {
  return styled ? styleText(format, text) : text
}

function print(line: string): void {
  stdout.write(`${line}\n`)
}

const widthOf = (text: string) => stripVTControlCharacters(text).length

function wrap(text: string, width: number): string[] {
  const lines = ['']
  // A number stays with its unit.
  for (const word of text.split(/(?<!\d) /)) {
    const line = lines.at(-1) as string
    if (line === '') lines[lines.length - 1] = word
    else if (widthOf(line) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

export function title(text: string, detail: string): void {
  print(
    `\n${style('bold', text)}${' '.repeat(Math.max(2, WIDTH - text.length - detail.length))}${style('dim', detail)}`,
  )
}

export function heading(text: string): void {
  print(`\n${style(['bold', 'cyan'], text)}`)
}

export function paragraph(text: string): void {
  for (const line of wrap(text, WIDTH - INDENT.length)) print(INDENT + line)
}

function marked(mark: string, text: string): void {
  const [first = '', ...rest] = wrap(text, WIDTH - INDENT.length * 2)
  print(`${INDENT}${mark} ${first}`)
  for (const line of rest) print(INDENT + INDENT + line)
}

let failures = 0

/** Says what came out; one check that did not pass makes the program fail. */
export function check(passed: boolean, text: string): void {
  if (!passed) failures++
  marked(passed ? style('green', '✓') : style('red', '✗'), text)
}

/** Says whether all checks passed, and makes that the exit code. */
export function conclude(elapsed: string): void {
  process.exitCode = failures === 0 ? 0 : 1
  print('')
  if (failures === 0) marked(style('green', '✓'), style('bold', `All checks passed, in ${elapsed}.`))
  else
    marked(
      style('red', '✗'),
      style('bold', `Failed: see the ${failures === 1 ? 'line' : `${failures} lines`} marked ✗.`),
    )
}

/** Says something that is not a check of this library. */
export function remark(text: string): void {
  marked(style('yellow', '!'), text)
}

/** The first columns are text and flush left, the others flush right; cells may be styled. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], textColumns = 1): void {
  const widths = header.map((name, column) => Math.max(...[name, ...rows.map((row) => row[column] ?? '')].map(widthOf)))
  const align = (cells: readonly string[]) =>
    cells.map((cell, column) => {
      const space = ' '.repeat((widths[column] ?? 0) - widthOf(cell))
      return column < textColumns ? cell + space : space + cell
    })
  const write = (cells: readonly string[], format: (line: string) => string) =>
    print(INDENT + format(align(cells).join('  ').trimEnd()))
  print('')
  write(header, (line) => style('dim', line))
  for (const row of rows) write(row, (line) => line)
  print('')
}

const BAR_WIDTH = 24

export function bar(share: number): string {
  const full = Math.round(Math.min(share, 1) * BAR_WIDTH)
  return style('cyan', '█'.repeat(full)) + style('dim', '░'.repeat(BAR_WIDTH - full))
}

/** One line that is written over; where that cannot be, one line for each step. */
export const progress = {
  step(text: string): void {
    if (!inPlace) print(`${INDENT}${text}`)
  },
  update(line: string): void {
    if (inPlace) stdout.write(`\r${INDENT}${line}\x1b[K`)
  },
  clear(): void {
    if (inPlace) stdout.write('\r\x1b[K')
  },
}
