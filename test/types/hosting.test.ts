import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = 'test/types/hosting-errors.ts'

/** What the compiler says about each line, with the lines of explanation that follow. */
async function diagnostics(): Promise<Map<number, string>> {
  const tsc = join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc')
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [tsc, '-p', 'test/types', '--pretty', 'false'], { cwd: PROJECT }, (_, stdout) =>
      resolve(stdout),
    )
  })
  const found = new Map<number, string>()
  for (const one of output.split(/\n(?=\S)/)) {
    const [, file, line] = /^(.+?)\((\d+),\d+\): error/.exec(one) ?? []
    expect(file, one).toBe(PROGRAM)
    found.set(Number(line), `${found.get(Number(line)) ?? ''}${one}`)
  }
  return found
}

it('the compiler refuses registrations of what a class does not take, in order and number, and says why', async () => {
  const expected = new Map<number, string>()
  for (const [index, line] of readFileSync(join(PROJECT, PROGRAM), 'utf8').split('\n').entries()) {
    const words = /^\/\/ error: (.+)/.exec(line)?.[1]
    if (words !== undefined) expected.set(index + 2, words)
  }
  const found = await diagnostics()
  expect([...found.keys()]).toEqual([...expected.keys()])
  for (const [line, words] of expected) expect(found.get(line)).toContain(words)
  expect(expected.size).toBeGreaterThan(15)
})
