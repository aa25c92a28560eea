import { native } from '../binding.js'
import { HandleCollector } from '../collectors/handle-collector.js'

// Descriptors are what a process has fewest of, and what is not the library's needs some, too: so collecting
// begins well below the limit. Beyond some thousands nothing is gained by waiting longer.
const SHARE_OF_LIMIT = 1 / 4
const MOST = 4096
const LEAST = 16
// More than a collector takes by default: who has no descriptor left fails, and so does other code. With 256 of
// them a loop that drops one file after another needs a quarter of its time.
const MAX_COLLECTION_SHARE = 0.3

let collector: HandleCollector | undefined

/** The one collector of this thread for everything that has a descriptor; made when it is first needed. */
export function descriptorCollector(): HandleCollector {
  collector ??= new HandleCollector('file descriptors', thresholdFor(native.descriptorLimit()), undefined, {
    maxCollectionShare: MAX_COLLECTION_SHARE,
  })
  return collector
}

function thresholdFor(limit: number): number {
  return Math.floor(Math.min(MOST, Math.max(LEAST, limit * SHARE_OF_LIMIT)))
}

/** For the setter of a static `collector` that has a getter: another collector for that class alone. */
export function replaceCollector(type: object, value: HandleCollector | undefined): void {
  Object.defineProperty(type, 'collector', { value, writable: true, enumerable: true, configurable: true })
}
