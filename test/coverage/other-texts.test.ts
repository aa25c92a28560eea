import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { runForReport } from '../support/child.js'
import { scratchDirectory } from '../support/recordings.js'

const TEXT = 'export function one() {}\n'

it('counts of a text that is not that of the file are left out, and all others kept', async () => {
  using scratch = scratchDirectory()
  const module = scratch.path('module.js')
  writeFileSync(module, TEXT)
  const script = (endOffset: number, source?: string) => ({
    url: pathToFileURL(module).href,
    functions: [{ functionName: '', ranges: [{ startOffset: 0, endOffset, count: 1 }] }],
    ...(source !== undefined && { source }),
  })
  const own = script(TEXT.length)
  const rewritten = script(TEXT.length + 1)
  const page = script(TEXT.length + 1, `${TEXT}\n`)
  const counts = scratch.path('counts')
  mkdirSync(counts)
  writeFileSync(`${counts}/one.json`, JSON.stringify({ result: [rewritten, own, page] }))
  writeFileSync(`${counts}/other.json`, JSON.stringify({ result: [rewritten] }))
  await runForReport(
    `import { dropOtherTexts } from './scripts/coverage/other-texts.mjs'
    dropOtherTexts(process.argv[1])
    console.log('{}')`,
    { args: [counts] },
  )
  const kept = ['one', 'other'].map((name) => JSON.parse(readFileSync(`${counts}/${name}.json`, 'utf8')).result)
  expect(kept).toEqual([[own, page], []])
})
