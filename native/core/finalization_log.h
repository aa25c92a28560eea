#ifndef HOLDFAST_CORE_FINALIZATION_LOG_H_
#define HOLDFAST_CORE_FINALIZATION_LOG_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/handle_id.h"

namespace holdfast {

struct FinalizedHandle {
  HandleId id;
  uint32_t kind;
  double bytes;
};

// Which handles a sweep has closed, in that order, until somebody takes them. Of one thread.
//
// What does not find room is counted instead: a report that is short of a line is no reason to fail.
class FinalizationLog {
 public:
  FinalizationLog() = default;
  ~FinalizationLog();
  FinalizationLog(const FinalizationLog&) = delete;
  FinalizationLog& operator=(const FinalizationLog&) = delete;

  // While nobody wants to know, nothing is noted. Forgets what was.
  void Enable(bool enabled) noexcept;
  void Add(const FinalizedHandle& handle) noexcept;

  bool empty() const { return size_ == 0 && missing_ == 0; }
  std::span<const FinalizedHandle> handles() const { return {handles_, size_}; }
  // How many did not find room.
  size_t missing() const { return missing_; }
  void Clear() noexcept;

 private:
  bool Grow() noexcept;

  // More room than this is not kept when the log is cleared.
  static constexpr size_t kKept = 1024;

  FinalizedHandle* handles_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
  size_t missing_ = 0;
  bool enabled_ = false;
};

}  // namespace holdfast

#endif  // HOLDFAST_CORE_FINALIZATION_LOG_H_
