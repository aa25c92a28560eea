#include "core/finalization_log.h"

#include <algorithm>
#include <cstdlib>
#include <type_traits>

#include "core/allocation.h"

namespace holdfast {

static_assert(std::is_trivially_copyable_v<FinalizedHandle>, "the log is moved by realloc()");

FinalizationLog::~FinalizationLog() { std::free(handles_); }

void FinalizationLog::Enable(bool enabled) noexcept {
  enabled_ = enabled;
  if (!enabled) Clear();
}

bool FinalizationLog::Grow() noexcept {
  const size_t capacity = std::max<size_t>(kKept, capacity_ * 2);
  auto* grown = static_cast<FinalizedHandle*>(Reallocate(handles_, capacity * sizeof(FinalizedHandle)));
  if (grown == nullptr) return false;
  handles_ = grown;
  capacity_ = capacity;
  return true;
}

void FinalizationLog::Add(const FinalizedHandle& handle) noexcept {
  if (!enabled_) return;
  if (size_ == capacity_ && !Grow()) {
    ++missing_;
    return;
  }
  handles_[size_++] = handle;
}

void FinalizationLog::Clear() noexcept {
  size_ = missing_ = 0;
  if (capacity_ <= kKept) return;
  std::free(handles_);
  handles_ = nullptr;
  capacity_ = 0;
}

}  // namespace holdfast
