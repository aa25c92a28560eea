#ifndef HOLDFAST_CORE_MEMORY_SETTINGS_H_
#define HOLDFAST_CORE_MEMORY_SETTINGS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace holdfast {

// What JavaScript has found out about the memory of the process, or was told. Only kept here, so that all
// threads agree on it; nothing in C++ looks at it.
enum class MemorySetting : uint32_t {
  kCeiling,  // bytes that the process may have resident; infinite when nothing but the machine ends them
  kHighLoadPercent,  // of the ceiling
  kCount,
};

class MemorySettings {
 public:
  static MemorySettings& OfProcess() noexcept {
    static MemorySettings settings;
    return settings;
  }

  // 0 as long as nobody has set it.
  double Get(MemorySetting setting) const { return values_[static_cast<size_t>(setting)].load(); }
  void Set(MemorySetting setting, double value) { values_[static_cast<size_t>(setting)].store(value); }

 private:
  std::array<std::atomic<double>, static_cast<size_t>(MemorySetting::kCount)> values_{};
};

}  // namespace holdfast

#endif  // HOLDFAST_CORE_MEMORY_SETTINGS_H_
