#include <iostream>
#include <random>
#include <vector>

#include "faults/faults.h"
#include "harness.h"
#include "memory_fixtures.h"
#include "resources/memory.h"

// MemoryHeap under random use, and with each single allocation refused.
namespace holdfast::test {

namespace {

constexpr uint32_t kSeed = 20251122;
constexpr int kOperations = 30'000;
constexpr size_t kSizes[] = {0, 1, 17, 512, 4096, 60'000, 128 * kKiB, 200'000, 300'000, 2 * kMiB};

// A block, a view that outlived its block, or both; `mark` fills both ends of memory that was written.
struct Memory {
  MemoryBlock* block;
  MemoryView* view;
  std::byte* data;
  size_t byte_length;
  int mark;  // -1: nobody has written
};

class RandomUse {
 public:
  void Step();
  void Finish();

 private:
  uint32_t Below(size_t limit) { return static_cast<uint32_t>(random_()) % static_cast<uint32_t>(limit); }
  static size_t Ends(const Memory& memory) { return std::min<size_t>(memory.byte_length, 64); }

  void Open();
  void Write(Memory& memory);
  void View(Memory& memory);
  void Finalize(Memory& memory);
  void Abandon(Memory& memory);
  void Close(Memory& memory);
  void Check(const Memory& memory);
  void Compare();

  std::mt19937 random_{kSeed};
  Heap heap_;
  std::vector<Memory> all_;
  std::vector<MemoryView*> abandoned_;
};

void RandomUse::Check(const Memory& memory) {
  if (memory.mark < 0) return;
  const size_t ends = Ends(memory);
  CHECK(Holds(memory.data, ends, memory.mark));
  CHECK(Holds(memory.data + memory.byte_length - ends, ends, memory.mark));
}

void RandomUse::Open() {
  const size_t size = kSizes[Below(std::size(kSizes))];
  MemoryBlock* block = heap_.Open(size, size_t{1} << Below(15));
  REQUIRE(block != nullptr);
  all_.push_back({.block = block, .view = nullptr, .data = nullptr, .byte_length = size, .mark = -1});
}

void RandomUse::Write(Memory& memory) {
  if (memory.block == nullptr) return;
  memory.data = memory.block->Expose();
  const size_t ends = Ends(memory);
  if (memory.mark < 0) CHECK(Holds(memory.data, ends, 0));
  memory.mark = static_cast<int>(Below(255)) + 1;
  std::memset(memory.data, memory.mark, ends);
  std::memset(memory.data + memory.byte_length - ends, memory.mark, ends);
}

void RandomUse::View(Memory& memory) {
  if (memory.block == nullptr || memory.view != nullptr) return;
  memory.view = heap_->OpenView(*memory.block);
}

void RandomUse::Finalize(Memory& memory) {
  if (memory.view == nullptr) return;
  Check(memory);
  heap_->OnViewFinalized(std::exchange(memory.view, nullptr));
}

void RandomUse::Abandon(Memory& memory) {
  if (memory.block == nullptr || memory.view == nullptr) return;
  heap_->AbandonView(*memory.block);
  abandoned_.push_back(std::exchange(memory.view, nullptr));
}

void RandomUse::Close(Memory& memory) {
  if (memory.block == nullptr) return;
  Check(memory);
  const size_t held = heap_->Close(std::exchange(memory.block, nullptr)).bytes_held;
  CHECK_EQUAL(held, memory.view != nullptr ? memory.byte_length : 0);
}

void RandomUse::Compare() {
  int64_t native = 0;
  int64_t viewed = 0;
  for (const Memory& memory : all_) {
    const auto bytes = static_cast<int64_t>(memory.byte_length);
    if (memory.block != nullptr) native += bytes;
    if (memory.block != nullptr && memory.view != nullptr) viewed += bytes;
  }
  CHECK_EQUAL(heap_->native_bytes(), native);
  CHECK_EQUAL(heap_->viewed_bytes(), viewed);
}

void RandomUse::Step() {
  const uint32_t choice = Below(14);
  if (all_.empty() || (choice < 3 && all_.size() < 150)) {
    Open();
  } else if (choice == 13) {
    if (Below(10) == 0) heap_->TrimUnused();
    if (!abandoned_.empty()) {
      heap_->OnViewFinalized(abandoned_.back());
      abandoned_.pop_back();
    }
  } else {
    using Use = void (RandomUse::*)(Memory&);
    static constexpr Use kUses[] = {&RandomUse::Write, &RandomUse::View, &RandomUse::Finalize,
                                    &RandomUse::Abandon, &RandomUse::Close};
    Memory& memory = all_[Below(all_.size())];
    (this->*kUses[Below(std::size(kUses))])(memory);
    if (memory.block == nullptr && memory.view == nullptr) {
      memory = all_.back();
      all_.pop_back();
    }
  }
  Compare();
}

void RandomUse::Finish() {
  for (Memory& memory : all_) {
    Close(memory);
    Finalize(memory);
  }
  for (MemoryView* view : abandoned_) heap_->OnViewFinalized(view);
  CHECK_EQUAL(heap_->native_bytes(), 0);
  CHECK_EQUAL(heap_->viewed_bytes(), 0);
}

// Opens buffers as the binding does, until a request is refused. False when one was.
class Filling {
 public:
  bool Run() {
    if (heap_.heap == nullptr) return false;
    for (int buffer = 0; buffer < 200; ++buffer) {
      if (!OpenOne(kSizes[buffer % std::size(kSizes)], /*viewed=*/buffer % 3 == 0)) return false;
    }
    return true;
  }

  void CheckAsBefore() {
    CHECK_EQUAL(static_cast<double>(heap_->native_bytes()), bytes_);
    CHECK_EQUAL(static_cast<double>(heap_->viewed_bytes()), viewed_);
    CHECK_EQUAL(heap_.counters(kKind, Counter::kLiveBytes), bytes_);
    CHECK_EQUAL(heap_.counters(kKind, Counter::kOpened), handles_);
    CHECK_EQUAL(heap_.counters(kKind, Counter::kLive), handles_);
    CHECK(heap_.counters.AddUp(kKind));
  }

  // The memory is back: everything works, and everything comes back to nothing.
  void Recover() {
    if (heap_.heap == nullptr) return;
    CheckAsBefore();
    CHECK(Run());
    CheckAsBefore();
    table_.Drain();
    for (MemoryView* view : views_) heap_->OnViewFinalized(view);
    CHECK_EQUAL(heap_->native_bytes(), 0);
    CHECK_EQUAL(heap_.counters(kKind, Counter::kLiveBytes), 0);
  }

 private:
  bool OpenOne(size_t size, bool viewed) {
    MemoryBlock* block = heap_.Open(size, 64);
    if (block == nullptr) return false;
    const auto bytes = static_cast<double>(size);
    const HandleId id = table_.Open(
        {.policy = &kMemoryPolicy, .resource = block, .owner = owners_.Add(), .kind = kKind, .bytes = bytes});
    if (id.is_none()) {
      heap_->Close(block);
      return false;
    }
    ++handles_;
    bytes_ += bytes;
    if (!viewed) return true;
    MemoryView* view = heap_->OpenView(*block);
    if (view == nullptr) return false;
    views_.push_back(view);
    viewed_ += bytes;
    return true;
  }

  Heap heap_;
  Owners owners_;
  HandleTable table_{heap_.counters.thread, owners_};
  std::vector<MemoryView*> views_;
  double handles_ = 0;
  double bytes_ = 0;
  double viewed_ = 0;
};

}  // namespace

TEST("under 30,000 random operations no two blocks share a byte, and the byte counts are exact") {
  std::cout << "(seed " << kSeed << ") ";
  RandomUse use;
  for (int operation = 0; operation < kOperations; ++operation) use.Step();
  use.Finish();
}

TEST("whichever allocation is refused, the counters are as before it and nothing is lost") {
  int refused = 0;
  bool untouched = false;
  for (long request = 1; !untouched && request < 1000; ++request) {
    faults::Arm(faults::Mode::kFromThen, request);
    Filling filling;
    untouched = filling.Run();
    faults::Disarm();
    if (!untouched) ++refused;
    filling.Recover();
  }
  CHECK(untouched);
  CHECK(refused > 200);
}

}  // namespace holdfast::test
