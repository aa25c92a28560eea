// The state of a handle is one number:
//
//   |  references out  |  S  |  B  |  X  |  D  |  C  |
//
//   C  closed: the handle was released, or is being released, or belongs to somebody else now
//   D  disposed: dispose() was called
//   X  disposing: disposeCore() is running; members still work for it
//   B  borrowed: not owned, never released
//   S  suppressed: the collector of objects does not release it
//
//            lease / dangerousAddRef
//               ┌─────────┐
//               ▼         │
//             open ───────┘──dispose()──► D, references out ──last one back──► D + C
//               │                                                               ▲
//               ├── dispose(), no references out ───────────────────────────────┘
//               └── setHandleAsInvalid() ──► C, never released
//
// Invariants: no reference is taken once D or C is set, but by disposeCore; a handle is released when C is
// set and at no other time; C is never taken back. So a raw value that was released is never handed out
// again as if it were open.
export const CLOSED = 1
export const DISPOSED = 2
export const DISPOSING = 4
export const BORROWED = 8
export const SUPPRESSED = 16
export const REFERENCE = 32

/** Whether members work. */
export function isUsable(state: number): boolean {
  return (state & (CLOSED | DISPOSED)) === 0 || (state & (CLOSED | DISPOSING)) === DISPOSING
}

/** Whether the last thing that kept a disposed handle open is gone. */
export function isDue(state: number): boolean {
  return (state & (CLOSED | DISPOSED | DISPOSING)) === DISPOSED && state < REFERENCE
}

export function referencesIn(state: number): number {
  return Math.floor(state / REFERENCE)
}

/** For people. */
export function nameOf(state: number): string {
  const references = referencesIn(state)
  const out = references === 0 ? '' : `, ${references} reference${references === 1 ? '' : 's'} out`
  if (state & DISPOSED) return `disposed${out}`
  return (state & CLOSED ? 'closed' : 'open') + out
}
