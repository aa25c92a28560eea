#ifndef HOLDFAST_CORE_TRANSIT_H_
#define HOLDFAST_CORE_TRANSIT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "core/ledger.h"

namespace holdfast {

// Names a parcel: a UUID, and zeros. Nobody can guess it, so only who was told can take the parcel.
using TransitToken = std::array<char, 40>;

// A resource that has left the handle table of one thread and is in no other yet.
struct Parcel {
  TransitToken token;
  Parcel* next;
  // Ends the resource and deletes the parcel. On any thread.
  void (*release)(Parcel* self) noexcept;
  ThreadCounters* sender;
  uint32_t kind;
  double bytes;
};

// The parcels of the process. Their bytes are live, and belong to no thread.
class Transit {
 public:
  static Transit& OfProcess() noexcept;

  explicit Transit(Ledger& ledger) : ledger_(ledger) {}
  Transit(const Transit&) = delete;
  Transit& operator=(const Transit&) = delete;

  void Add(Parcel* parcel) noexcept;
  // nullptr when there is none of that name, or somebody else was faster. To be counted by the caller, who
  // says so with Arrived, or gives it back with Return.
  [[nodiscard]] Parcel* Take(const TransitToken& token) noexcept;
  void Return(Parcel* parcel) noexcept;
  void Arrived(const Parcel& parcel) noexcept;
  // The sending thread ends, or takes one back: what nobody has taken is released, as finalized.
  void ReleaseFrom(ThreadCounters& sender) noexcept;
  bool Cancel(const TransitToken& token) noexcept;

 private:
  static constexpr size_t kBuckets = 256;

  static size_t BucketOf(const TransitToken& token) noexcept;
  void LinkLocked(Parcel* parcel) noexcept;
  void Release(Parcel* parcel) noexcept;

  Ledger& ledger_;
  // Never held while a parcel is released or counted.
  std::mutex mutex_;
  std::array<Parcel*, kBuckets> buckets_{};
};

}  // namespace holdfast

#endif  // HOLDFAST_CORE_TRANSIT_H_
