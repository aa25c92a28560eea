import type { SimulatedEngine, SimulatedHandle } from './simulated-engine.js'

/** What a program does with handles: opens one with each call, and lets go of some. */
export type Step = (index: number) => void
export type Program = (engine: SimulatedEngine) => Step

const WORK = 0.009

export const keepsEverything: Program = (engine) => () => void engine.open(WORK)

export const dropsAsOpened: Program = (engine) => () => engine.drop(engine.open(WORK))

/** Keeps 40,000 handles, drops all of them, and begins again. */
export const dropsAtOnce: Program = (engine) => {
  let handles: SimulatedHandle[] = []
  return () => {
    if (handles.length === 40_000) {
      for (const handle of handles) engine.drop(handle)
      handles = []
    }
    handles.push(engine.open(WORK))
  }
}

/** A queue of 20,000: each handle is dropped when it is old, and only a major collection finds it. */
export const dropsWhenOld: Program = (engine) => {
  const queue: SimulatedHandle[] = []
  return (index) => {
    const place = index % 20_000
    const old = queue[place]
    if (old !== undefined) engine.drop(old)
    queue[place] = engine.open(WORK)
  }
}

/** 950 in use at a time; one in a hundred is forgotten, the others are disposed of. */
export const disposesMost: Program = (engine) => {
  const inUse: SimulatedHandle[] = []
  return (index) => {
    const place = index % 950
    const old = inUse[place]
    if (old !== undefined) {
      if (engine.random() < 0.01) engine.drop(old)
      else engine.dispose(old)
    }
    inUse[place] = engine.open(WORK)
  }
}

/** What is reachable climbs to 9,000 and falls again; of what is let go, at random, 30 % are dropped. */
export const climbsAndFalls: Program = (engine) => {
  const bag: SimulatedHandle[] = []
  let owed = 0
  const letGoOfOne = () => {
    const place = Math.floor(engine.random() * bag.length)
    const handle = bag[place]
    const last = bag.pop()
    if (handle === undefined || last === undefined) return
    if (handle !== last) bag[place] = last
    if (engine.random() < 0.3) engine.drop(handle)
    else engine.dispose(handle)
  }
  return (index) => {
    bag.push(engine.open(WORK))
    owed += index % 60_000 < 45_000 ? 1 - 9 / 45 : 1 + 9 / 15
    for (; owed >= 1; owed--) letGoOfOne()
  }
}

/** Slow and mostly kept at first, then fast and mostly dropped. */
export const changesItsMind: Program = (engine) => (index) => {
  const isSlow = index < 20_000
  const handle = engine.open(isSlow ? 5 * WORK : WORK)
  if (engine.random() >= (isSlow ? 0.9 : 0.02)) engine.drop(handle)
}

export const PROGRAMS = {
  'keeps everything': keepsEverything,
  'drops each handle as soon as it is opened': dropsAsOpened,
  'drops everything at once': dropsAtOnce,
  'drops handles when they are old': dropsWhenOld,
  'disposes of most': disposesMost,
  'climbs and falls': climbsAndFalls,
  'changes its mind': changesItsMind,
} as const
