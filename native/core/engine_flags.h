#ifndef HOLDFAST_CORE_ENGINE_FLAGS_H_
#define HOLDFAST_CORE_ENGINE_FLAGS_H_

namespace holdfast {

// The flags of the engine belong to the process, and JavaScript sets one for a moment to get at the
// collector. One thread at a time may do that; otherwise one takes the flag back while another needs it.
//
// Waits up to a second. False when the others did not finish in time. `owner` identifies the thread; one that
// was terminated by a time limit before it gave them back still has them.
[[nodiscard]] bool LockEngineFlags(const void* owner) noexcept;
// Does nothing for an owner that does not hold the lock: the end of a thread calls it in any case, since
// a worker can be terminated at any point.
void UnlockEngineFlags(const void* owner) noexcept;

}  // namespace holdfast

#endif  // HOLDFAST_CORE_ENGINE_FLAGS_H_
