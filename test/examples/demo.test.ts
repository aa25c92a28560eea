import { expect, it } from 'vitest'
import { describeResult, runChild } from '../support/child.js'

const DEMO = new URL('../../out/examples/demo.js', import.meta.url)
// Its limits on memory and time do not hold with a sanitizer below it.
const sanitized = process.env['HOLDFAST_SANITIZED'] === '1'

it.skipIf(sanitized)(
  'the demonstration keeps its own checks, plain and within 80 columns when nobody watches',
  async () => {
    const result = await runChild(DEMO, { timeout: 110_000 })
    expect(result.code, describeResult(result)).toBe(0)
    expect(result.stdout).toContain('All checks passed')
    expect(result.stdout).not.toContain('\u001b')
    expect(Math.max(...result.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  },
  120_000,
)
