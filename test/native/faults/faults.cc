#include "faults.h"

#include <atomic>
#include <cerrno>

namespace holdfast::faults {

namespace {

std::atomic<Mode> armed{Mode::kOff};
std::atomic<long> wanted{0};
std::atomic<long> visited{0};
std::atomic<const char*> last_refused{""};
std::array<std::atomic<int64_t>, kKinds> outstanding{};

bool IsRefused(Mode mode, long point) {
  const long first = wanted.load();
  return first > 0 && (mode == Mode::kFromThen ? point >= first : point == first);
}

}  // namespace

void Arm(Mode mode, long point) noexcept {
  visited.store(0);
  wanted.store(point);
  last_refused.store("");
  armed.store(mode);
}

long Disarm() noexcept {
  armed.store(Mode::kOff);
  return visited.load();
}

const char* LastRefused() noexcept { return last_refused.load(); }

int Refuse(const char* name, int error, bool interruptible) noexcept {
  const Mode mode = armed.load();
  if (mode == Mode::kOff || (mode == Mode::kInterrupted && !interruptible)) return 0;
  if (!IsRefused(mode, visited.fetch_add(1) + 1)) return 0;
  last_refused.store(name);
  return mode == Mode::kInterrupted ? EINTR : error;
}

Outstanding ReadOutstanding() noexcept {
  Outstanding now{};
  for (size_t kind = 0; kind < kKinds; ++kind) now[kind] = outstanding[kind].load();
  return now;
}

void Count(Kind kind, int64_t change) noexcept { outstanding[static_cast<size_t>(kind)].fetch_add(change); }

}  // namespace holdfast::faults
