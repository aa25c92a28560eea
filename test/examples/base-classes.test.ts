import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeResult, runChild } from '../support/child.js'

// The examples of docs/choosing-a-base-class.md: what they print, and that the page shows them as they are.

const PRINTED: Record<string, string[]> = {
  '01-simple': ['2'],
  '02-finalizable': ['10 1', '0'],
  '03-disposable': ['21 1', 'true 0', '21 1'],
  '04-both': ['false 0', 'true 1', 'false 0'],
  '05-safe-handle': ['4 2', '0'],
  '06-async-disposable': ['"begin\\nend\\n"'],
  '07-resurrection': ['false', 'true', 'false'],
}

const page = readFileSync('docs/choosing-a-base-class.md', 'utf8')
const sourceOf = (name: string) => readFileSync(`examples/base-classes/${name}.ts`, 'utf8')

it('every example is known here', () => {
  const files = readdirSync('examples/base-classes').map((file) => file.replace(/\.ts$/, ''))
  expect(files.sort()).toEqual(Object.keys(PRINTED))
})

describe.concurrent.each(Object.entries(PRINTED))('%s', (name, lines) => {
  it('runs and prints what it should', async () => {
    const result = await runChild(new URL(`../../out/examples/base-classes/${name}.js`, import.meta.url))
    expect([result.code, result.stderr], describeResult(result)).toEqual([0, ''])
    expect(result.stdout.trimEnd().split('\n')).toEqual(lines)
  })

  it('is quoted on the page word for word', () => {
    const quoted = `<!-- examples/base-classes/${name}.ts -->\n\`\`\`ts\n${sourceOf(name)}\`\`\`\n`
    // As a boolean: else a difference would print the whole page.
    expect(page.includes(quoted)).toBe(true)
  })
})
