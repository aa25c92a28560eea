import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { runChild } from '../support/child.js'
import { scratchDirectory } from '../support/recordings.js'

interface FunctionCounts {
  readonly functionName: string
  readonly isBlockCoverage: boolean
  readonly ranges: readonly { readonly count: number }[]
}

function countsOf(folder: string, name: string): FunctionCounts[] {
  const results = readdirSync(folder).flatMap((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')).result)
  const functions: FunctionCounts[] = results.flatMap((script) => script.functions)
  return functions.filter(({ functionName }) => functionName === name)
}

it('what a debugger takes away of the blocks is counted before it, and not as taken after it', async () => {
  using scratch = scratchDirectory()
  await runChild(
    `import { Session } from 'node:inspector'
    import { formatBytes } from './dist/format-bytes.js'
    formatBytes(1)
    const session = new Session()
    session.connect()
    session.post('Debugger.enable')
    session.post('Debugger.disable')
    formatBytes(1)`,
    {
      execArgv: ['--require', './scripts/coverage/hook.cjs'],
      env: { HOLDFAST_COVERAGE: scratch.directory, NODE_OPTIONS: undefined },
    },
  )
  const counted = countsOf(scratch.directory, 'formatBytes').filter(({ ranges }) => ranges[0]?.count !== 0)
  expect(counted.length).toBeGreaterThan(0)
  for (const { isBlockCoverage, ranges } of counted) {
    expect(isBlockCoverage).toBe(true)
    expect(ranges.filter(({ count }) => count === 0)).not.toEqual([])
  }
})
