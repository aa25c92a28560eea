#ifndef HOLDFAST_TEST_NATIVE_FIXTURES_H_
#define HOLDFAST_TEST_NATIVE_FIXTURES_H_

#include <array>
#include <deque>
#include <vector>

#include "core/handle_table.h"
#include "core/ledger.h"
#include "core/resource_kind.h"
#include "harness.h"

namespace holdfast::test {

// Numbers that no test has registered a name for: the counters do not ask.
inline constexpr uint32_t kKind = 2;
inline constexpr uint32_t kOtherKind = 3;

// The counters of a thread that only the test knows, in memory as the engine would give it.
struct Counters {
  std::array<double, kCountersPerPage> page{};
  ThreadCounters thread;

  Counters() { thread.AddPage(0, page.data()); }
  double operator()(uint32_t kind, Counter counter) const { return thread.Read(kind, counter); }
  // What has to hold at every moment: ledger.h.
  bool AddUp(uint32_t kind) const {
    return (*this)(kind, Counter::kOpened) ==
           (*this)(kind, Counter::kLive) + (*this)(kind, Counter::kDisposed) +
               (*this)(kind, Counter::kFinalized) + (*this)(kind, Counter::kTransferredOut) -
               (*this)(kind, Counter::kTransferredIn);
  }
};

// JavaScript objects, as far as the table can tell: each is there until the test says it was collected.
class Owners final : public OwnerReferences {
 public:
  void* Add() { return &owners_.emplace_back(); }
  void Collect(void* reference) { static_cast<Owner*>(reference)->collected = true; }
  bool IsDeleted(void* reference) const { return static_cast<Owner*>(reference)->deleted; }
  int asked() const { return asked_; }
  void ForgetAsked() { asked_ = 0; }

  bool IsCollected(void* reference) noexcept override {
    auto* owner = static_cast<Owner*>(reference);
    CHECK(!owner->deleted);
    ++asked_;
    return owner->collected;
  }
  void Delete(void* reference) noexcept override {
    auto* owner = static_cast<Owner*>(reference);
    CHECK(!owner->deleted);
    owner->deleted = true;
  }

 private:
  struct Owner {
    bool collected = false;
    bool deleted = false;
  };
  std::deque<Owner> owners_;  // its elements do not move
  int asked_ = 0;
};

// A native resource that remembers what became of it.
struct Resource {
  std::vector<Resource*>* released;  // in order
  size_t held = 0;                   // the bytes somebody outside still uses
  int error = 0;
  int releases = 0;
  CloseReason reason{};
};

inline constexpr ResourcePolicy kRecordedRelease{
    .release = [](void* resource, CloseReason reason) noexcept -> Released {
      auto* recorded = static_cast<Resource*>(resource);
      recorded->released->push_back(recorded);
      ++recorded->releases;
      recorded->reason = reason;
      return {.bytes_held = recorded->held, .error = recorded->error};
    }};

// A table over such owners, such counters and such resources.
struct Table {
  struct Handle {
    HandleId id;
    void* owner;
    Resource* resource;
  };

  Counters counters;
  Owners owners;
  HandleTable table{counters.thread, owners};
  std::deque<Resource> resources;
  std::vector<Resource*> released;

  Handle Open(double bytes = 0, uint32_t kind = kKind) {
    void* owner = owners.Add();
    Resource* resource = &resources.emplace_back(Resource{.released = &released});
    const HandleId id = table.Open(
        {.policy = &kRecordedRelease, .resource = resource, .owner = owner, .kind = kind, .bytes = bytes});
    return {id, owner, resource};
  }

  Handle OpenReleasedByJavaScript(double bytes = 0, uint32_t kind = kKind) {
    void* owner = owners.Add();
    const HandleId id = table.Open({.policy = &kReleasedByJavaScript,
                                    .resource = nullptr,
                                    .owner = owner,
                                    .kind = kind,
                                    .bytes = bytes});
    return {id, owner, nullptr};
  }

  // With the slot and the owner of a handle that was closed for reuse.
  Handle Reopen(const Handle& closed, double bytes = 0, uint32_t kind = kKind) {
    Resource* resource = &resources.emplace_back(Resource{.released = &released});
    const HandleId id = table.Reopen(
        closed.id.index(),
        {.policy = &kRecordedRelease, .resource = resource, .owner = nullptr, .kind = kind, .bytes = bytes});
    return {id, closed.owner, resource};
  }

  std::vector<Handle> OpenMany(int count) {
    std::vector<Handle> handles;
    for (int index = 0; index < count; ++index) handles.push_back(Open());
    return handles;
  }

  bool IsOpen(const Handle& handle) { return table.Find(handle.id) != nullptr; }

  // A sweep to its end.
  size_t SweepAll() {
    size_t found = 0;
    while (table.sweep_pending()) found += table.Sweep(SIZE_MAX);
    return found;
  }
};

}  // namespace holdfast::test

#endif  // HOLDFAST_TEST_NATIVE_FIXTURES_H_
