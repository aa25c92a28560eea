import { afterEach, expect, it, vi } from 'vitest'
import { interleaved } from '../../bench/rounds.js'

const TURN_MILLISECONDS = 10
// In the second pass of the warm-up.
const SLOW_TURNS = 10

afterEach(() => {
  vi.unstubAllGlobals()
})

function beBusy(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

it('gives turns enough work to be long, also for what gets fast only after many turns', async () => {
  vi.stubGlobal('gc', () => {})
  let turns = 0
  let milliseconds = 0
  const work = (count: number) => {
    milliseconds = ++turns > SLOW_TURNS ? count / 1000 : count
    beBusy(milliseconds)
    return count
  }
  const { run } = interleaved('late', [{ name: 'late', prepare: () => work }], {
    rounds: 3,
    turnMilliseconds: TURN_MILLISECONDS,
  })
  const { late } = await run(
    () => {},
    () => {},
  )
  expect(milliseconds).toBeGreaterThanOrEqual(TURN_MILLISECONDS)
  expect(late?.values).toHaveLength(3)
})
