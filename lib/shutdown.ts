import { type HandleId, native, slotOf } from './binding.js'
import { releaseQuietly, releaseRemainingOrphans } from './release-table.js'
import { reportLeaks } from './tracking/leak-reports.js'

// The end of the thread. What native code can release it releases in the environment's cleanup hook;
// what only JavaScript can has to be released before, while JavaScript still runs. After worker.terminate()
// it does not run at all.

/**
 * To be called once, when there is something to release. Not earlier: listeners run in the order in which they
 * were added, and those of the program may still want to use its handles. What a later listener opens is
 * not released: nothing of ours runs after it.
 *
 * @param closeOwner is told, before the release, what the table watched
 */
export function releaseAtExit(closeOwner: (watched: object) => void): void {
  process.once('exit', () => {
    releaseRemainingOrphans()
    reportLeaks()
    // Releasing may open handles; one that always does must not keep the process from ending.
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const ids = native.handlesToRelease()
      if (ids.length === 0) break
      for (const id of ids) releaseAsFinalized(id, closeOwner)
    }
  })
}

const MAX_ROUNDS = 16

function releaseAsFinalized(id: HandleId, closeOwner: (watched: object) => void): void {
  const watched = native.ownerOf(id)
  // Releasing an earlier one may have disposed this one.
  if (native.finalizeHandle(id) === false) return
  if (watched !== undefined) closeOwner(watched)
  releaseQuietly(slotOf(id))
}
