import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { native } from './binding.js'

/** Makes the engine collect, at once. `minor`: only what is young. */
export type EngineCollector = (kind: 'major' | 'minor') => void

let found: EngineCollector | null | undefined

/** The engine's own collector, found on the first call; undefined where the runtime offers no way to it. */
export function engineCollector(): EngineCollector | undefined {
  if (found === undefined) found = findBun() ?? findExposed() ?? findThroughFlag() ?? null
  return found ?? undefined
}

function findBun(): EngineCollector | undefined {
  const { Bun } = globalThis as { Bun?: { gc?: (synchronously: boolean) => void } }
  const gc = Bun?.gc
  return gc === undefined ? undefined : () => gc(true)
}

type ExposedGc = (options?: { type: 'minor' }) => void

function adapt(gc: ExposedGc): EngineCollector {
  return (kind) => (kind === 'minor' ? gc({ type: 'minor' }) : gc())
}

function findExposed(): EngineCollector | undefined {
  const { gc } = globalThis as { gc?: unknown }
  return typeof gc === 'function' ? adapt(gc as ExposedGc) : undefined
}

// The flag has an effect on contexts made after it was set. It is taken back, so that no other context
// of the process finds a global that its author did not ask for.
function findThroughFlag(): EngineCollector | undefined {
  if (!native.lockEngineFlags()) return undefined
  try {
    setFlagsFromString('--expose-gc')
    const gc: unknown = runInNewContext('gc')
    setFlagsFromString('--no-expose-gc')
    return typeof gc === 'function' ? adapt(gc as ExposedGc) : undefined
  } catch {
    return undefined
  } finally {
    native.unlockEngineFlags()
  }
}
