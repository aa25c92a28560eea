#include "core/transit.h"

#include <cstring>
#include <new>
#include <utility>

namespace holdfast {

Transit& Transit::OfProcess() noexcept {
  // Never destroyed, like the ledger.
  alignas(Transit) static std::byte storage[sizeof(Transit)];
  static Transit& transit = *new (storage) Transit(Ledger::OfProcess());
  return transit;
}

size_t Transit::BucketOf(const TransitToken& token) noexcept {
  size_t hash = 0;
  for (const char character : token) hash = hash * 31 + static_cast<unsigned char>(character);
  return hash % kBuckets;
}

void Transit::LinkLocked(Parcel* parcel) noexcept {
  Parcel*& first = buckets_[BucketOf(parcel->token)];
  parcel->next = first;
  first = parcel;
}

void Transit::Add(Parcel* parcel) noexcept {
  ledger_.AddTransitBytes(parcel->kind, parcel->bytes);
  Return(parcel);
}

void Transit::Return(Parcel* parcel) noexcept {
  std::lock_guard lock(mutex_);
  LinkLocked(parcel);
}

Parcel* Transit::Take(const TransitToken& token) noexcept {
  std::lock_guard lock(mutex_);
  for (Parcel** place = &buckets_[BucketOf(token)]; *place != nullptr; place = &(*place)->next) {
    if ((*place)->token == token) return std::exchange(*place, (*place)->next);
  }
  return nullptr;
}

void Transit::Arrived(const Parcel& parcel) noexcept { ledger_.AddTransitBytes(parcel.kind, -parcel.bytes); }

bool Transit::Cancel(const TransitToken& token) noexcept {
  Parcel* parcel = Take(token);
  if (parcel == nullptr) return false;
  Release(parcel);
  return true;
}

void Transit::ReleaseFrom(ThreadCounters& sender) noexcept {
  Parcel* found = nullptr;
  {
    std::lock_guard lock(mutex_);
    for (Parcel*& first : buckets_) {
      for (Parcel** place = &first; *place != nullptr;) {
        if ((*place)->sender != &sender) {
          place = &(*place)->next;
          continue;
        }
        Parcel* parcel = std::exchange(*place, (*place)->next);
        parcel->next = found;
        found = parcel;
      }
    }
  }
  while (found != nullptr) Release(std::exchange(found, found->next));
}

// On the thread that sent it.
void Transit::Release(Parcel* parcel) noexcept {
  parcel->sender->TransferFailed(parcel->kind);
  Arrived(*parcel);
  parcel->release(parcel);
}

}  // namespace holdfast
