import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { describeResult } from '../support/child.js'
import { pagesUnder, parsePage } from './pages.js'
import { isExcused, isQuote, LANGUAGES, programsOf } from './programs.js'
import { compilePrograms, runProgram } from './run-programs.js'

// Every program on a page of the project is compiled and run: programs.ts says how blocks become programs.

const pages = pagesUnder()
const programs = pages.flatMap(programsOf)
let complaints: Map<string, string>

beforeAll(() => {
  complaints = compilePrograms('out/docs/pages', programs)
}, 120_000)

describe.concurrent.each(programs)('$name', (program) => {
  it('compiles, runs silently, and shows what is true', async () => {
    expect(complaints.get(program.file) ?? '').toBe('')
    const result = await runProgram('out/docs/pages', program)
    expect([result.code, program.isTest ? '' : result.stderr], describeResult(result)).toEqual([0, ''])
  })
})

describe('the blocks of the pages', () => {
  const blocks = pages.flatMap(({ path, blocks }) => blocks.map((block) => ({ ...block, at: `${path}:${block.line}` })))
  const code = blocks.filter(({ language }) => LANGUAGES.has(language))

  it('are many, and few of them are no programs', () => {
    expect(code.length).toBeGreaterThan(50)
    expect(code.filter(isExcused).length / code.length).toBeLessThan(0.05)
  })

  it('are in languages that are known here, so that no program goes by another name', () => {
    const known = new Set([...LANGUAGES, '', 'sh', 'json', 'diff', 'ini', 'yaml', 'dockerfile', 'cpp'])
    expect(blocks.filter(({ language }) => !known.has(language)).map(({ at }) => at)).toEqual([])
  })

  it('that quote a file have it word for word, and the tests of the examples run it', () => {
    const tests = readdirSync('test/examples').map((file) => readFileSync(`test/examples/${file}`, 'utf8'))
    for (const { marker = '', text, at } of code.filter(isQuote)) {
      expect(existsSync(marker), `${at} quotes ${marker}`).toBe(true)
      // As a boolean: else a difference would print the whole page.
      expect(readFileSync(marker, 'utf8') === text, `${at} quotes ${marker}`).toBe(true)
      const folder = marker.split('/')[1] as string
      expect(tests.some((test) => test.includes(`'${folder}'`) || test.includes(`examples/${folder}/`))).toBe(true)
    }
  })

  it('have no setup that no page uses', () => {
    const used = new Set(code.map(({ marker }) => `${marker?.replace('setup: ', '')}.ts`))
    expect(readdirSync('test/docs/setups').filter((file) => !used.has(file))).toEqual([])
  })
})

describe('a page that is wrong', () => {
  const WRONG = {
    'of a type': `const text: string = 1`,
    'about a value': `1 + 1 // => 3`,
    'about what is printed': `console.log('one', 2) // => one 3`,
    'about what is thrown': `JSON.parse('{}') // => throws ERR_ANYTHING`,
    'since it throws': `throw new Error('no')`,
    'since it warns': `process.emitWarning('no')`,
  }
  const RIGHT = `const two = 1 + 1 // => 2
two // => 2
console.log('one', two) // => one 2
process.chdir(1 as never) // => throws ERR_INVALID_ARG_TYPE
Promise.reject(Object.assign(new Error(), { code: 'ERR_ANYTHING' })) // => rejects ERR_ANYTHING
`
  const programs = Object.entries({ ...WRONG, not: RIGHT }).flatMap(([what, text]) =>
    programsOf(parsePage(what, `\`\`\`ts\n${text}\n\`\`\`\n`)),
  )
  let complaints: Map<string, string>
  beforeAll(() => {
    complaints = compilePrograms('out/docs/wrong', programs)
  }, 120_000)

  it.each(programs)('$name', async (program) => {
    const result = await runProgram('out/docs/wrong', program)
    const fails = complaints.has(program.file) || result.code !== 0 || result.stderr !== ''
    expect(fails, describeResult(result) + complaints.get(program.file)).toBe(!program.name.startsWith('not'))
  })

  it.each([
    '<!-- continues -->\n```ts\n1\n```\n',
    '<!-- set up: nothing -->\n```ts\n1\n```\n',
    '<!-- not run: so -->\n```ts\n1\n```\n',
    '<!-- setup: none-such -->\n```ts\n1\n```\n',
  ])('has a comment that means nothing: %j', (text) => {
    expect(() => programsOf(parsePage('page.md', text))).toThrow()
  })
})
