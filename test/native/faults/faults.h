#ifndef HOLDFAST_TEST_NATIVE_FAULTS_FAULTS_H_
#define HOLDFAST_TEST_NATIVE_FAULTS_FAULTS_H_

#include <array>
#include <cstddef>
#include <cstdint>

// Makes calls that native/ does of others fail on demand: of the C heap, of the system, of Node-API. The
// linker puts functions of system_faults.cc and engine_faults.cc in the place of what is called (--wrap), so
// neither the sources nor the addon that is shipped know of it. system.rsp and engine.rsp list what is
// replaced; test/unit/native-imports.test.ts makes sure that nothing else can fail.
//
// A *point* is one such call. Points are counted over all threads: part of the work is done on a thread pool.
namespace holdfast::faults {

enum class Mode : uint32_t {
  kOff,
  kOnce,         // one point is refused
  kFromThen,     // that one and all that follow, as when something is used up
  kInterrupted,  // one of those points fails with EINTR that a signal can interrupt; no others count
};

// Counts points from 1 on, and refuses the one with that number; 0: counts only.
void Arm(Mode mode, long point) noexcept;
// Returns how many points were visited since.
long Disarm() noexcept;
// What was refused last since Arm; empty when nothing was.
const char* LastRefused() noexcept;

// Asked by the functions that replace others. The number of the error to fail with, `error` or EINTR; 0: do
// as always.
int Refuse(const char* name, int error, bool interruptible = false) noexcept;

// What native/ has obtained through points and not given back. All threads.
enum class Kind : uint32_t { kBlocks, kMappedBytes, kDescriptors, kReferences, kAsyncWorks };
inline constexpr size_t kKinds = 5;
using Outstanding = std::array<int64_t, kKinds>;
Outstanding ReadOutstanding() noexcept;
void Count(Kind kind, int64_t change) noexcept;

}  // namespace holdfast::faults

#endif  // HOLDFAST_TEST_NATIVE_FAULTS_FAULTS_H_
