// How much of the sources the tests execute: branches of lib/, lines of native/. Fails under the bounds of
// scripts/coverage/judge.mjs.
//
//   node scripts/coverage.mjs [--only=lib | --only=native] [--keep] [part of a test file's name ...]
//   node scripts/coverage.mjs --again=<folder> [--accepted=<file>]
//
// What it measured goes to out/coverage/, with pages that show each source. --again judges what an earlier run has
// left there. --keep leaves the copy of the checkout behind that the suite ran in.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { judge, listing, table } from './coverage/judge.mjs'

const { values: options, positionals: testFiles } = parseArgs({
  options: {
    only: { type: 'string' },
    keep: { type: 'boolean', default: false },
    again: { type: 'string' },
    accepted: { type: 'string', default: join('test', 'coverage', 'accepted.json') },
  },
  allowPositionals: true,
})
const folder = options.again ?? join('out', 'coverage')
const MEASUREMENTS = {
  native: async () => {
    const { measureNativeLines } = await import('./coverage/native-lines.mjs')
    return { files: measureNativeLines(join(folder, 'native')), failed: false }
  },
  lib: async () => {
    const { measureLibBranches } = await import('./coverage/lib-branches.mjs')
    return measureLibBranches({ testFiles, html: join(folder, 'html'), keep: options.keep })
  },
}

function stored(name) {
  const path = join(folder, `${name}.json`)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { files: [], failed: false }
}

mkdirSync(folder, { recursive: true })
const results = []
for (const [name, measure] of Object.entries(MEASUREMENTS)) {
  const isWanted = options.again === undefined && (options.only ?? name) === name
  if (isWanted) writeFileSync(join(folder, `${name}.json`), JSON.stringify(await measure()))
  results.push(stored(name))
}

const files = results.flatMap((result) => result.files)
const accepted = JSON.parse(readFileSync(options.accepted, 'utf8'))
const { problems, remarks } = judge(files, accepted)
if (results.some(({ failed }) => failed)) problems.push('Tests failed: what they cover is less than they can.')
console.log(`\nNot covered:\n${listing(files, accepted)}`)
if (remarks.length > 0)
  console.log(`\n${options.accepted} is behind:\n${remarks.map((remark) => `  ${remark}`).join('\n')}`)
console.log(`\n${table(files)}`)
for (const problem of problems) console.error(`coverage: ${problem}`)
if (problems.length > 0) process.exitCode = 1
