import { native } from '../binding.js'
import { InvalidOperationError } from '../errors.js'
import type { MappedMemory } from './mapped-memory.js'
import { resourceId } from './native-resource.js'

/** Of a map that is usable. A touch has found a page of it gone: native/resources/map_faults.h. */
export function hasLostPages(map: MappedMemory): boolean {
  return native.mapHasLostPages(resourceId(map))
}

export function assertNoLostPages(map: MappedMemory): void {
  if (!hasLostPages(map)) return
  throw new InvalidOperationError(
    `This ${map.constructor.name} has lost some of its bytes: what it maps was made shorter meanwhile, or could not be read or written. Dispose of it, and open it again.`,
  )
}
