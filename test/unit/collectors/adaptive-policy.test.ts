import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AdaptivePolicy } from '../../../lib/collectors/adaptive-policy.js'
import { ClassicPolicy } from '../../../lib/collectors/classic-policy.js'
import { SimulatedEngine, type SimulatedEngineOptions, type SimulatedHandle } from '../../support/simulated-engine.js'
import {
  disposesMost,
  dropsAsOpened,
  dropsWhenOld,
  keepsEverything,
  PROGRAMS,
  type Program,
} from '../../support/simulated-programs.js'

const OPENS = 150_000
const SHARE = 0.1
const LARGE_HEAP = { heapMilliseconds: 450 }

interface RunOptions extends SimulatedEngineOptions {
  /** Of the adaptive policy; without it the classic one decides. */
  readonly share?: number
  readonly opens?: number
}

function run(program: Program, { share, opens = OPENS, ...options }: RunOptions = {}): SimulatedEngine {
  const engine = new SimulatedEngine(options)
  engine.policy = share === undefined ? new ClassicPolicy(engine, engine) : new AdaptivePolicy(engine, share, engine)
  return perform(program, engine, opens)
}

/** Nobody forces anything. */
function leaveAlone(program: Program, options: SimulatedEngineOptions): SimulatedEngine {
  return perform(program, new SimulatedEngine(options), OPENS)
}

function perform(program: Program, engine: SimulatedEngine, opens: number): SimulatedEngine {
  const step = program(engine)
  for (let index = 0; index < opens; index++) step(index)
  return engine
}

describe.each(Object.entries(PROGRAMS))('with a program that %s, the adaptive policy', (_name, program) => {
  test.each([
    ['small', {}],
    ['large', LARGE_HEAP],
  ])('costs at most a twentieth more than the classic one, on a %s heap', (_heap, heap) => {
    expect(run(program, { ...heap, share: SHARE }).now()).toBeLessThanOrEqual(1.05 * run(program, heap).now())
  })

  test('lets hardly more pile up than the classic one, where that keeps within the share', () => {
    const classic = run(program)
    const adaptive = run(program, { share: SHARE })
    const isComparable = classic.shareSince(0) <= SHARE
    expect(adaptive.peak).toBeLessThanOrEqual(isComparable ? 1.1 * classic.peak : Number.POSITIVE_INFINITY)
  })

  test.each([
    ['small', {}],
    ['large', LARGE_HEAP],
  ])('lets hardly more pile up than the engine does by itself, on a %s heap', (_heap, heap) => {
    expect(run(program, { ...heap, share: SHARE }).peak).toBeLessThanOrEqual(1.05 * leaveAlone(program, heap).peak)
  })

  test.each([0.02, 0.05, 0.1, 0.2, 0.5])('spends no more than a share of %f once the first second is over', (share) => {
    expect(run(program, { share, opens: 300_000 }).shareSince(1000)).toBeLessThanOrEqual(share + 0.02)
  })
})

test('whatever a program does, the share is kept', () => {
  const phase = fc.record({
    opens: fc.integer({ min: 1, max: 40_000 }),
    work: fc.double({ min: 0.001, max: 0.1, noNaN: true }),
    kept: fc.double({ min: 0, max: 1, noNaN: true }),
    disposed: fc.double({ min: 0, max: 1, noNaN: true }),
    dropsAll: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(phase, { minLength: 1, maxLength: 6 }), fc.integer({ min: 2, max: 100 }), (phases, heap) => {
      const engine = new SimulatedEngine({ heapMilliseconds: heap })
      engine.policy = new AdaptivePolicy(engine, SHARE, engine)
      let kept: SimulatedHandle[] = []
      for (const { opens, work, kept: keptShare, disposed, dropsAll } of phases) {
        for (let index = 0; index < opens; index++) {
          const handle = engine.open(work)
          if (engine.random() < keptShare) kept.push(handle)
          else if (engine.random() < disposed) engine.dispose(handle)
          else engine.drop(handle)
        }
        if (!dropsAll) continue
        for (const handle of kept) engine.drop(handle)
        kept = []
      }
      // One pause may come right before the end, paid for by more time than is left to count.
      const since = engine.firstSecondEnds()
      const elapsed = Math.max(0, engine.now() - since)
      if (elapsed > 0) expect(engine.shareSince(since) * elapsed).toBeLessThanOrEqual(SHARE * elapsed + 30)
    }),
    { numRuns: 60 },
  )
})

describe('an adaptive collector', () => {
  test('backs off when collecting brings nothing: less than half of what the classic one forces', () => {
    const adaptive = run(keepsEverything, { share: SHARE })
    const classic = run(keepsEverything)
    expect(adaptive.forcedMilliseconds()).toBeLessThan(classic.forcedMilliseconds() / 2)
  })

  test('hardly ever collects a large heap in vain', () => {
    expect(run(keepsEverything, { ...LARGE_HEAP, share: SHARE }).major).toBeLessThanOrEqual(1)
  })

  test('brings back young handles by minor collections alone, as soon as the threshold is passed', () => {
    const engine = run(dropsAsOpened, { share: SHARE })
    expect(engine.major).toBe(0)
    expect(engine.peak).toBeLessThan(1.01)
  })

  test('brings back old handles by major collections, hardly trying minor ones', () => {
    const engine = run(dropsWhenOld, { share: SHARE })
    expect(engine.major).toBeGreaterThan(5)
    expect(engine.minor).toBeLessThan(engine.major)
  })

  test('lets less pile up the more it may spend', () => {
    const peaks = [0.05, 0.1, 0.2, 0.5].map((share) => run(dropsWhenOld, { share }).peak)
    expect(peaks).toEqual([...peaks].sort((a, b) => b - a))
  })

  test('spends most of what it may where that brings something, also on a large heap', () => {
    expect(run(dropsWhenOld, { ...LARGE_HEAP, share: 0.8 }).shareSince(0)).toBeGreaterThan(0.7)
  })

  test('keeps making minor collections that take the same time however much is young', () => {
    // At every 1,000 handles they would take a fifth of the time.
    const { peak } = run(dropsAsOpened, { ...LARGE_HEAP, minorMilliseconds: 1.8, share: SHARE })
    expect(peak).toBeLessThan(5)
  })

  test('makes no major collections where minor ones keep the count below the threshold', () => {
    expect(run(disposesMost, { ...LARGE_HEAP, share: SHARE, opens: 600_000 }).major).toBe(0)
  })

  test('may spend everything', () => {
    const engine = run(dropsWhenOld, { share: 1 })
    expect(engine.peak).toBeLessThan(1.05)
  })

  test('does not give up minor collections because of some that were slow', () => {
    const engine = new SimulatedEngine()
    const { collect } = engine
    engine.collect = (kind) => collect(kind) + (engine.minor <= 3 ? 80 : 0)
    engine.policy = new AdaptivePolicy(engine, SHARE, engine)
    expect(perform(dropsAsOpened, engine, OPENS).peak).toBeLessThan(1.01)
  })

  test('holds the threshold for a second of work, however long the thread had to wait for a processor', () => {
    const engine = new SimulatedEngine()
    const { now } = engine
    // In a tight loop minor collections at the threshold take more than the share.
    const tight: Program = (engine) => () => engine.drop(engine.open(0.0005))
    engine.now = () => 10 * now()
    engine.policy = new AdaptivePolicy(engine, SHARE, engine)
    expect(perform(tight, engine, 1_000_000).peak).toBeLessThan(1.01)
  })

  test('forces nothing where what the engine has found dead of its own accord was enough', () => {
    const engine = new SimulatedEngine()
    engine.takeDead = () => {
      engine.count = 0
    }
    engine.policy = new AdaptivePolicy(engine, SHARE, engine)
    expect(perform(keepsEverything, engine, OPENS).forced).toEqual([])
  })

  test('never collects with a share of 0', () => {
    expect(run(dropsAsOpened, { share: 0 }).forced).toEqual([])
    expect(run(dropsWhenOld, { share: 0 }).forced).toEqual([])
  })

  test('leaves the engine alone below its initial threshold', () => {
    expect(run(dropsWhenOld, { share: 1, initialThreshold: 300_000 }).forced).toEqual([])
  })

  test('learns from collections that the engine makes of its own accord', () => {
    const engine = new SimulatedEngine()
    engine.policy = new AdaptivePolicy(engine, SHARE, engine)
    // Kept for so long that minor collections are thought to be in vain.
    for (let index = 0; index < 40_000; index++) engine.open(0.009)
    const before = engine.minor
    for (let index = 0; index < 30_000; index++) engine.drop(engine.open(0.009))
    expect(engine.minor).toBeGreaterThan(before)
  })
})
