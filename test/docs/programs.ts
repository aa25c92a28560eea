import { readFileSync } from 'node:fs'
import type { Block, Page } from './pages.js'

// Makes programs of the blocks on a page. What a block is, a comment in the line before it says:
//
//   (none)                    a program by itself
//   <!-- setup: files -->     needs what test/docs/setups/files.ts declares, and stands at its end, or where
//                             it says `The block goes here.`
//   <!-- continues -->        goes on with the program of the block before
//   <!-- examples/… -->       that file, word for word: test/examples runs it
//   <!-- not run: reason -->  no program
//
// A line that ends in `// => value` is checked: an expression or a variable against the value, a `console.log` against
// the text, `// => throws CODE` and `// => rejects CODE` against the code of an error.

export interface Program {
  /** The page and the line of the first block. */
  readonly name: string
  /** Of its file, without an extension. */
  readonly file: string
  /** Whether it consists of tests, and is to be run by vitest. */
  readonly isTest: boolean
  readonly source: string
}

const PLACE = /^ *\/\/ The block goes here\.$/m

export const LANGUAGES = new Set(['ts', 'js', 'typescript', 'javascript', 'tsx', 'jsx', 'mts', 'cjs'])

export function programsOf({ path, blocks }: Page): Program[] {
  const chains: Block[][] = []
  for (const block of blocks) {
    if (!LANGUAGES.has(block.language) || isQuote(block) || isExcused(block)) continue
    if (block.marker !== 'continues') chains.push([block])
    else if (chains.length > 0) chains.at(-1)?.push(block)
    else throw new Error(`${path}:${block.line} continues nothing`)
  }
  return chains.map((chain) => programOf(path, chain))
}

export function isQuote({ marker }: Block): boolean {
  return marker?.startsWith('examples/') === true
}

export function isExcused({ marker }: Block): boolean {
  return /^not run: .{10}/.test(marker ?? '')
}

function programOf(path: string, chain: readonly Block[]): Program {
  const [first] = chain as [Block]
  const { setup, unknown } =
    /^(?:setup: (?<setup>[\w-]+)|continues|(?<unknown>.*))$/.exec(first.marker ?? 'continues')?.groups ?? {}
  if (unknown !== undefined) throw new Error(`${path}:${first.line} has a comment that says nothing: ${unknown}`)
  const before = setup === undefined ? '' : readFileSync(`test/docs/setups/${setup}.ts`, 'utf8')
  const text = chain.map((block) => checked(block.text)).join('\n')
  const source = withImportsFirst(PLACE.test(before) ? before.replace(PLACE, () => text) : `${before}\n${text}`)
  const isTest = /from '(?:holdfast\/)?vitest'/.test(source)
  const file = `${path.replace(/\.md$/, '').replaceAll(/[^\w]+/g, '-')}-${first.line}`
  return { name: `${path}:${first.line}`, file: isTest ? `${file}.test` : file, isTest, source }
}

const SHOWN = /^( *)(\S.*?) +\/\/ => (.+)$/gm

function checked(text: string): string {
  return text.replace(SHOWN, (_, indent: string, code: string, shown: string) => indent + checkOf(code, shown))
}

function checkOf(code: string, shown: string): string {
  const [, outcome, errorCode] = /^(throws|rejects) (\w+)$/.exec(shown) ?? []
  if (outcome === 'throws') return `shown.throws(() => ${code}, '${errorCode}')`
  if (outcome === 'rejects') return `await shown.rejects(async () => ${code}, '${errorCode}')`
  const [, printed] = /^console\.log\((.*)\)$/.exec(code) ?? []
  if (printed !== undefined) return `shown.prints([${printed}], ${JSON.stringify(shown)})`
  const [, variable] = /^(?:const|let|(?:await )?using) (\w+)\b[^=]* = /.exec(code) ?? []
  return variable === undefined ? `shown.equals(${code}, ${shown})` : `${code}; shown.equals(${variable}, ${shown})`
}

const IMPORT = /^import (?:(?<names>[^']*?) from )?'(?<from>[^']*)'(?: *\/\/.*)?\n/gm

/** Both a setup and the block may import the same. */
function withImportsFirst(source: string): string {
  const imports = new Set<string>(["import * as shown from './shown.js'"])
  for (const { groups } of source.matchAll(IMPORT)) {
    const { names, from } = groups as { names?: string; from: string }
    if (names === undefined) imports.add(`import '${from}'`)
    else for (const name of eachName(names)) imports.add(`import ${name} from '${from}'`)
  }
  return `${[...imports].join('\n')}\n${source.replace(IMPORT, '')}\nexport {}\n`
}

function eachName(names: string): string[] {
  const [, whole, inBraces] = /^([^{]*?),? *(?:\{([\s\S]*)\})?$/.exec(names) ?? []
  const isType = whole === 'type'
  const each = (inBraces ?? '').split(',').map((name) => name.trim())
  const named = each.filter((name) => name !== '').map((name) => (isType ? `{ type ${name} }` : `{ ${name} }`))
  return whole === undefined || whole === '' || isType ? named : [whole, ...named]
}
