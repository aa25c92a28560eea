#include "core/transit.h"

#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

#include "faults/faults.h"
#include "fixtures.h"
#include "harness.h"
#include "memory_fixtures.h"

namespace holdfast::test {

namespace {

TransitToken Token(int number) {
  TransitToken token{};
  std::snprintf(token.data(), token.size(), "parcel-%d", number);
  return token;
}

struct CountedParcel : Parcel {
  int releases = 0;

  CountedParcel(ThreadCounters& from, int number) : Parcel{} {
    token = Token(number);
    sender = &from;
    kind = kKind;
    bytes = 100;
    release = [](Parcel* self) noexcept { ++static_cast<CountedParcel*>(self)->releases; };
  }
};

}  // namespace

TEST("a parcel is taken once, by who knows its name") {
  Ledger ledger;
  Transit transit(ledger);
  Counters sender;
  CountedParcel one(sender.thread, 1);
  CountedParcel two(sender.thread, 2);
  transit.Add(&one);
  transit.Add(&two);
  CHECK(transit.Take(Token(3)) == nullptr);
  CHECK(transit.Take(Token(1)) == &one);
  CHECK(transit.Take(Token(1)) == nullptr);
  CHECK(transit.Take(Token(2)) == &two);
}

TEST("the bytes of a parcel are live until it has arrived, also while it is given back") {
  Ledger ledger;
  Transit transit(ledger);
  Counters sender;
  CountedParcel parcel(sender.thread, 1);
  transit.Add(&parcel);
  CHECK_EQUAL(ledger.LiveBytes(), 100.0);
  REQUIRE(transit.Take(Token(1)) != nullptr);
  CHECK_EQUAL(ledger.LiveBytes(), 100.0);
  transit.Return(&parcel);
  CHECK(transit.Take(Token(1)) == &parcel);
  transit.Arrived(parcel);
  CHECK_EQUAL(ledger.LiveBytes(), 0.0);
}

TEST("what a thread has sent and nobody has taken is released when it ends, as finalized") {
  Ledger ledger;
  Transit transit(ledger);
  Counters sender;
  Counters other;
  std::vector<CountedParcel> parcels;
  for (int number = 0; number < 600; ++number) {
    parcels.emplace_back(number % 3 == 0 ? other.thread : sender.thread, number);
  }
  for (CountedParcel& parcel : parcels) {
    parcel.sender->Opened(kKind, 100);
    parcel.sender->Closed(kKind, 100, 0, CloseReason::kTransferred);
    transit.Add(&parcel);
  }
  REQUIRE(transit.Take(Token(1)) != nullptr);
  transit.Arrived(parcels[1]);
  transit.ReleaseFrom(sender.thread);
  for (int number = 0; number < 600; ++number) {
    CHECK_EQUAL(parcels[number].releases, number % 3 != 0 && number != 1 ? 1 : 0);
  }
  CHECK_EQUAL(sender(kKind, Counter::kFinalized), 399);
  CHECK_EQUAL(sender(kKind, Counter::kTransferredOut), 1);
  CHECK_EQUAL(ledger.LiveBytes(), 200 * 100.0);
  CHECK(transit.Take(Token(2)) == nullptr);
  CHECK(transit.Take(Token(3)) != nullptr);
}

TEST("a cancelled parcel is released, and one that was taken cannot be") {
  Ledger ledger;
  Transit transit(ledger);
  Counters sender;
  CountedParcel parcel(sender.thread, 1);
  transit.Add(&parcel);
  CHECK(transit.Cancel(Token(1)));
  CHECK(!transit.Cancel(Token(1)));
  CHECK_EQUAL(parcel.releases, 1);
  CHECK_EQUAL(ledger.LiveBytes(), 0.0);
}

TEST("of many threads that want a parcel one gets it") {
  Ledger ledger;
  Transit transit(ledger);
  Counters sender;
  std::vector<CountedParcel> parcels;
  for (int number = 0; number < 2000; ++number) parcels.emplace_back(sender.thread, number);
  for (CountedParcel& parcel : parcels) transit.Add(&parcel);
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int number = 0; number < 2000; ++number) taken += transit.Take(Token(number)) != nullptr;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQUAL(taken.load(), 2000);
}

TEST("memory goes from one heap to another without being copied, and outlives the first") {
  Heap sender;
  Heap receiver;
  for (const size_t size : {size_t{5000}, kPageBlock}) {
    MemoryBlock* block = sender.Open(size);
    std::byte* data = block->Expose();
    std::memset(data, 7, size);
    MemoryParcel* parcel = sender->Pack(*block);
    REQUIRE(parcel != nullptr);
    CHECK_EQUAL(sender->Close(block).bytes_held, 0u);
    CHECK_EQUAL(sender->native_bytes(), 0);
    MemoryBlock* arrived = receiver->Unpack(*parcel, kOtherKind);
    std::free(parcel);
    REQUIRE(arrived != nullptr);
    CHECK(arrived->Expose() == data);
    CHECK(Holds(data, size, 7));
    CHECK_EQUAL(receiver->native_bytes(), static_cast<int64_t>(size));
    receiver->Close(arrived);
  }
  MemoryBlock* unseen = sender.Open(kPageBlock);
  MemoryParcel* parcel = sender->Pack(*unseen);
  sender->Close(unseen);
  sender.Retire();
  MemoryBlock* arrived = receiver->Unpack(*parcel, kKind);
  std::free(parcel);
  CHECK(Holds(arrived->Expose(), kPageBlock, 0));
  receiver->Close(arrived);
}

TEST("memory that stays with a view is copied, and a parcel that nobody takes is freed") {
  Heap heap;
  MemoryBlock* block = heap.Open(5000);
  std::memset(block->Expose(), 9, 5000);
  MemoryView* view = heap->OpenView(*block);
  MemoryParcel* parcel = heap->PackCopy(*block, 64);
  REQUIRE(parcel != nullptr);
  CHECK(parcel->memory.data != block->memory.data);
  CHECK(Holds(parcel->memory.data, 5000, 9));
  CHECK_EQUAL(heap->Close(block).bytes_held, 5000u);
  heap->OnViewFinalized(view);
  parcel->release(parcel);
}

TEST("without memory nothing is packed, and nothing has changed") {
  Heap heap;
  MemoryBlock* block = heap.Open(kPageBlock);
  std::byte* data = block->Expose();
  faults::Arm(faults::Mode::kFromThen, 1);
  CHECK(heap->Pack(*block) == nullptr);
  CHECK(heap->PackCopy(*block, 64) == nullptr);
  faults::Arm(faults::Mode::kFromThen, 2);
  CHECK(heap->PackCopy(*block, 64) == nullptr);
  faults::Disarm();
  CHECK(block->memory.data == data);
  heap->Close(block);
}

TEST("all threads of the process send by the same transit") {
  Transit* elsewhere = nullptr;
  std::thread([&] { elsewhere = &Transit::OfProcess(); }).join();
  CHECK(elsewhere == &Transit::OfProcess());
}

}  // namespace holdfast::test
