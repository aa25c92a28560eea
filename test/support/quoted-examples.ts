import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeResult, runChild } from './child.js'

/**
 * Tests for a folder of programs that a page quotes: what they print, and that the page shows them as they are.
 *
 * @param folder under examples/
 * @param page under docs/
 * @param printed the lines of each program, by its name
 */
export function testQuotedExamples(folder: string, page: string, printed: Readonly<Record<string, string[]>>): void {
  const text = readFileSync(`docs/${page}`, 'utf8')

  it('every example is known here', () => {
    const files = readdirSync(`examples/${folder}`).map((file) => file.replace(/\.ts$/, ''))
    expect(files.sort()).toEqual(Object.keys(printed))
  })

  it('the page has no other programs', () => {
    const quotes = text.match(/^<!-- examples\/.* -->\n```ts$/gm) ?? []
    expect(text.match(/^```ts$/gm)).toHaveLength(quotes.length)
  })

  describe.concurrent.each(Object.entries(printed))('%s', (name, lines) => {
    it('runs and prints what it should', async () => {
      const result = await runChild(new URL(`../../out/examples/${folder}/${name}.js`, import.meta.url))
      expect([result.code, result.stderr], describeResult(result)).toEqual([0, ''])
      expect(result.stdout.trimEnd().split('\n')).toEqual(lines)
    })

    it('is quoted on the page word for word', () => {
      const path = `examples/${folder}/${name}.ts`
      const quoted = `<!-- ${path} -->\n\`\`\`ts\n${readFileSync(path, 'utf8')}\`\`\`\n`
      // As a boolean: else a difference would print the whole page.
      expect(text.includes(quoted)).toBe(true)
    })
  })
}
