#ifndef HOLDFAST_RESOURCES_MAP_FAULTS_H_
#define HOLDFAST_RESOURCES_MAP_FAULTS_H_

#include <cstddef>

namespace holdfast {

// A file that becomes shorter under its map leaves pages with nothing behind them. Touching one raises
// SIGBUS, on whatever thread did it, and that ends the process. Nothing can be checked beforehand: another
// process may shorten the file between the check and the touch. So the signal is handled:
//
//   touch ──► SIGBUS ──► in a guarded range? ── yes ──► zeros take the place of the page, and the range
//                                │ no                   has lost pages ──► the touch is repeated
//                                ▼
//                     whoever had the signal before us
//
// The system answers in the same way when a page cannot be read, and when there is no room on the disk for
// one that is written to; those pages are lost as well.
//
// The danger. The handler runs in the middle of anything: compiled JavaScript, the collector, malloc. It
// takes no lock, allocates nothing, and touches no JavaScript. It reads the ranges while other threads add
// and remove some; the records it reads are never freed. And it puts a page where a map *was* a moment
// ago, so a range must not be unmapped, and its addresses given to somebody else, while the handler works
// on it: UnguardMap waits for that.
struct GuardedRange;

// Whole pages that were just mapped. The first call takes the signal over. nullptr when there was no memory,
// or the system did not let us have the signal.
[[nodiscard]] GuardedRange* GuardMap(void* pages, size_t size) noexcept;
// Before the pages are unmapped. On any thread.
void UnguardMap(GuardedRange* range) noexcept;
// Whether a touch has found a page missing. On any thread.
bool HasLostPages(const GuardedRange& range) noexcept;

}  // namespace holdfast

#endif  // HOLDFAST_RESOURCES_MAP_FAULTS_H_
