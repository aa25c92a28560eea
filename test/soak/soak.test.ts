import { describe, expect, test } from 'vitest'
import { runChild } from '../support/child.js'

// The command, as `npm run soak` starts it. It is compiled with the other programs.

const PROGRAM = new URL('../../out/test/soak/index.js', import.meta.url)
const soak = (...args: string[]) => runChild(PROGRAM, { args: ['--seconds', '0', ...args], timeout: 120_000 })

describe('npm run soak', () => {
  test('says what it has done, in plain lines where there is no terminal', { timeout: 120_000 }, async () => {
    const { code, stdout, stderr } = await soak('--seed', '4711', '--laps', '2')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^round 1, seed 4711; .*\n1 rounds from seed 4711: [1-9][\d,]* operations, [1-9]\d* workers/)
    expect(stdout).not.toContain('\r')
  })

  test.each(['kept handle', 'left descriptor', 'left map', 'left name', 'warning', 'crash', 'hang'])(
    'finds a planted fault, and says how to repeat it: %s',
    { timeout: 120_000 },
    async (fault) => {
      const { code, stderr } = await soak('--seed', '7', '--laps', '1', '--fault', fault)
      expect(code).toBe(1)
      expect(stderr).toContain(`npm run soak -- --seconds 0 --seed 7 --laps 1 --fault '${fault}'`)
    },
  )

  test.each([['--seconds', 'x'], ['--seed', '-1'], ['--laps', '0'], ['--fault', 'none'], ['--unknown']])(
    'refuses wrong use with code 2 and a line: %s %s',
    async (...args) => {
      const { code, stdout, stderr } = await runChild(PROGRAM, { args })
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    },
  )
})
