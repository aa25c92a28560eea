import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runChild } from '../support/child.js'
import { scratchDirectory } from '../support/recordings.js'

// scripts/coverage.mjs, given what an earlier run has measured.

const SCRIPT = new URL('../../scripts/coverage.mjs', import.meta.url)

interface Measured {
  path: string
  total: number
  covered: number
  uncovered: { line: number; code: string }[]
}

const lib = (covered: number, uncovered: Measured['uncovered'] = []) => ({
  path: 'lib/a/b.ts',
  total: 100,
  covered,
  uncovered,
})
const core = (covered: number) => ({ path: 'native/core/c.cc', total: 100, covered, uncovered: [] })

async function judge(measured: Measured[], { accepted = {}, failed = false } = {}) {
  using scratch = scratchDirectory()
  const of = (folder: string) => measured.filter(({ path }) => path.startsWith(folder))
  writeFileSync(scratch.path('lib.json'), JSON.stringify({ files: of('lib'), failed }))
  writeFileSync(scratch.path('native.json'), JSON.stringify({ files: of('native'), failed: false }))
  writeFileSync(scratch.path('accepted.json'), JSON.stringify(accepted))
  const args = [`--again=${scratch.directory}`, `--accepted=${scratch.path('accepted.json')}`]
  const { code, stdout, stderr } = await runChild(SCRIPT, { args })
  return { code, stdout, stderr }
}

describe('the gate of the coverage', () => {
  it('opens at 95 % of the branches of lib/ and 90 % of the lines of native/core', async () => {
    const { code, stdout, stderr } = await judge([lib(95), core(90)])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/lib\/a\/ +95 +100 +95\.0 %/)
  })

  it.each([
    ['lib/', [lib(94), core(100)]],
    ['native/core/', [lib(100), core(89)]],
  ])('stays shut below the bound of %s', async (folder, measured) => {
    const { code, stderr } = await judge(measured)
    expect(code).toBe(1)
    expect(stderr.split('\n')).toEqual([expect.stringContaining(folder), ''])
  })

  it.each([
    ['lib/', [core(100)]],
    ['native/core/', [lib(100), { ...core(100), path: 'native/resources/c.cc' }]],
    ['native/core/', [lib(100), { ...core(0), total: 0 }]],
  ])('stays shut when nothing was measured of %s', async (folder, measured) => {
    const { code, stderr } = await judge(measured)
    expect(code).toBe(1)
    expect(stderr.split('\n')).toEqual([expect.stringContaining(folder), ''])
  })

  it('stays shut when tests failed', async () => {
    expect(await judge([lib(100), core(100)], { failed: true })).toMatchObject({ code: 1 })
  })

  it('gives the reason of each place that is not covered, wherever its line has moved', async () => {
    const uncovered = [{ line: 7, code: 'if (never) return' }]
    const accepted = { 'lib/a/b.ts': { 'if (never) return': 'Because.' } }
    const { stdout } = await judge([lib(99, uncovered), core(100)], { accepted })
    expect(stdout).toMatch(/lib\/a\/b\.ts:7 +if \(never\) return\n +Because\./)
    expect(stdout).not.toContain('is behind')
  })

  it('tells of places without a reason, and of reasons without a place', async () => {
    const uncovered = [{ line: 7, code: 'if (never) return' }]
    const accepted = { 'lib/a/b.ts': { 'if (now) return': 'Because.' }, 'lib/gone.ts': { 'x()': 'Because.' } }
    const { code, stdout } = await judge([lib(99, uncovered), core(100)], { accepted })
    expect(code).toBe(0)
    const remarks = stdout.slice(stdout.indexOf('is behind'))
    expect(remarks).toMatch(/lib\/a\/b\.ts:7 .*if \(never\) return/)
    expect(remarks).toMatch(/lib\/a\/b\.ts .*if \(now\) return/)
    expect(remarks).toMatch(/lib\/gone\.ts .*x\(\)/)
  })
})
