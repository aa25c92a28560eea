import { isLevelGiven, level, setLevel, type TrackingLevel } from '../tracking/level.js'

// Who looks at handles wants to know where they were opened. So the level is raised for as long as somebody looks,
// unless the environment says which one it is to be. With 'off' nothing would be seen at all: the least that
// shows handles is 'counts'.

let before: TrackingLevel
let raised: TrackingLevel

function wantedLevel(): TrackingLevel {
  const now = level()
  if (!isLevelGiven) return 'full'
  return now === 'off' ? 'counts' : now
}

/** To be called once before `lowerLevel()`. */
export function raiseLevel(): void {
  before = level()
  raised = wantedLevel()
  if (raised !== before) setLevel(raised)
}

/** What the program has set meanwhile, it keeps. */
export function lowerLevel(): void {
  if (level() === raised && raised !== before) setLevel(before)
}

/** For the start of a test: the one before may have set another level, and not have put it back. */
export function raiseLevelAgain(): void {
  const wanted = wantedLevel()
  if (level() !== wanted) setLevel(wanted)
}
