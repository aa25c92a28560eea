#include <array>
#include <cstdlib>
#include <memory>
#include <vector>

#include "harness.h"
#include "memory_fixtures.h"
#include "resources/memory.h"

// MemoryHeap: the life of an external ArrayBuffer over a block, and what outlives what.
namespace holdfast::test {

namespace {

// A heap behind a handle table, as every thread has them.
struct Buffers : Heap {
  Owners owners;
  HandleTable table{counters.thread, owners};

  ~Buffers() { table.Drain(); }
  HandleId OpenHandle(MemoryBlock* block) {
    return table.Open({.policy = &kMemoryPolicy,
                       .resource = block,
                       .owner = owners.Add(),
                       .kind = kKind,
                       .bytes = static_cast<double>(block->byte_length)});
  }
};

}  // namespace

TEST("a block is viewed while its view has not been finalized, and can then be viewed again") {
  Heap heap;
  MemoryBlock* block = heap.Open(1000);
  MemoryView* view = heap->OpenView(*block);
  CHECK(block->view == view);
  CHECK_EQUAL(heap->native_bytes(), 1000);
  CHECK_EQUAL(heap->viewed_bytes(), 1000);
  block->Expose()[0] = std::byte{9};
  heap->OnViewFinalized(view);
  CHECK(block->view == nullptr);
  CHECK_EQUAL(heap->viewed_bytes(), 0);
  CHECK(block->Expose()[0] == std::byte{9});
  view = heap->OpenView(*block);
  CHECK_EQUAL(heap->viewed_bytes(), 1000);
  heap->OnViewFinalized(view);
  CHECK_EQUAL(heap->Close(block).bytes_held, 0u);
}

TEST("closing a viewed block leaves its memory to the finalizer of the view") {
  for (const size_t size : {size_t{5000}, kPageBlock}) {
    Heap heap;
    MemoryBlock* block = heap.Open(size);
    std::byte* data = block->Expose();
    std::memset(data, 3, size);
    MemoryView* view = heap->OpenView(*block);
    CHECK_EQUAL(heap->Close(block).bytes_held, size);
    CHECK_EQUAL(heap->native_bytes(), 0);
    CHECK_EQUAL(heap->viewed_bytes(), 0);
    heap.Dirty(size, 0xFF);  // may take any memory but this
    CHECK(Holds(data, size, 3));
    heap->OnViewFinalized(view);
  }
}

TEST("the bytes of a closed handle stay counted until the finalizer of its view has run") {
  Buffers test;
  MemoryBlock* block = test.Open(kPageBlock);
  MemoryView* view = test->OpenView(*block);
  const HandleId id = test.OpenHandle(block);
  test.table.Close(id, CloseReason::kFinalized);
  CHECK_EQUAL(test.counters(kKind, Counter::kLive), 0);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), static_cast<double>(kPageBlock));
  test->OnViewFinalized(view);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 0);
  CHECK_EQUAL(test.counters(kAllKinds, Counter::kLiveBytes), 0);
}

TEST("a view that was detached by us keeps nothing: closing frees the memory at once") {
  Buffers test;
  MemoryBlock* block = test.Open(kPageBlock);
  std::byte* data = block->memory.data;
  MemoryView* view = test->OpenView(*block);
  const HandleId id = test.OpenHandle(block);
  test->AbandonView(*block);
  CHECK(block->view == nullptr);
  CHECK_EQUAL(test->viewed_bytes(), 0);
  test.table.Close(id, CloseReason::kDisposed);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 0);
  test->TrimAll();
  CHECK(!IsMapped(data));
  test->OnViewFinalized(view);
  CHECK_EQUAL(test.counters(kKind, Counter::kLiveBytes), 0);
}

TEST("abandoning where there is no view does nothing") {
  Heap heap;
  MemoryBlock* block = heap.Open(10);
  heap->AbandonView(*block);
  CHECK_EQUAL(heap->native_bytes(), 10);
  heap->Close(block);
}

TEST("an abandoned view and its successor are told apart") {
  Heap heap;
  MemoryBlock* block = heap.Open(2000);
  MemoryView* first = heap->OpenView(*block);
  heap->AbandonView(*block);
  MemoryView* second = heap->OpenView(*block);
  heap->OnViewFinalized(first);
  CHECK(block->view == second);
  CHECK_EQUAL(heap->viewed_bytes(), 2000);
  CHECK_EQUAL(heap->Close(block).bytes_held, 2000u);
  heap->OnViewFinalized(second);
}

TEST("a view that could not be made leaves no trace") {
  Heap heap;
  MemoryBlock* block = heap.Open(300);
  heap->CancelView(heap->OpenView(*block));
  CHECK(block->view == nullptr);
  CHECK_EQUAL(heap->viewed_bytes(), 0);
  CHECK_EQUAL(heap->native_bytes(), 300);
  CHECK_EQUAL(heap->Close(block).bytes_held, 0u);
}

TEST("a disowned block under a view is freed by neither the heap nor the finalizer") {
  Heap heap;
  MemoryBlock* block = heap.Open(128);
  void* base = block->memory.base;
  std::byte* data = block->Expose();
  MemoryView* view = heap->OpenView(*block);
  heap->Disown(block);
  CHECK_EQUAL(heap->native_bytes(), 0);
  CHECK_EQUAL(heap->viewed_bytes(), 0);
  heap->OnViewFinalized(view);
  CHECK(Holds(data, 128, 0));
  std::free(base);
}

TEST("memory under a view outlives the thread that made it, and the heap goes with the last one") {
  auto test = std::make_unique<Heap>();
  MemoryHeap* heap = test->heap;
  MemoryBlock* pages = test->Open(kPageBlock);
  MemoryBlock* small = test->Open(50);
  std::byte* pages_data = pages->Expose();
  std::byte* small_data = small->Expose();
  MemoryView* pages_view = heap->OpenView(*pages);
  MemoryView* small_view = heap->OpenView(*small);
  heap->Close(pages);
  heap->Close(small);
  test.reset();  // and the counters with it: the finalizers may not touch them

  CHECK(Holds(pages_data, kPageBlock, 0));
  heap->OnViewFinalized(pages_view);
  CHECK(!IsMapped(pages_data));  // not cached: nobody will ask for it
  CHECK(Holds(small_data, 50, 0));
  heap->OnViewFinalized(small_view);
}

TEST("views that were finalized before their thread ended keep nothing back") {
  auto test = std::make_unique<Heap>();
  MemoryBlock* block = test->Open(50);
  MemoryView* view = test->heap->OpenView(*block);
  test->heap->Close(block);
  test->heap->OnViewFinalized(view);
  test.reset();  // a heap that did not delete itself here is a leak, which the sanitizer reports
}

TEST("the event loop is behind when more than 64 MiB of closed blocks wait for it") {
  constexpr size_t kSize = 16 * kMiB;
  Heap heap;
  std::array<MemoryView*, 4> views;
  for (MemoryView*& view : views) {
    CHECK(!heap->event_loop_is_behind());
    MemoryBlock* block = heap.Open(kSize);
    view = heap->OpenView(*block);
    CHECK(!heap->event_loop_is_behind());  // an open block waits for nothing
    heap->Close(block);
  }
  CHECK(heap->event_loop_is_behind());
  heap->OnViewFinalized(views[0]);
  CHECK(!heap->event_loop_is_behind());
  for (size_t index = 1; index < views.size(); ++index) heap->OnViewFinalized(views[index]);
}

TEST("the event loop is behind sooner where memory is short") {
  Heap heap;
  MemoryBlock* block = heap.Open(kMiB);
  MemoryView* view = heap->OpenView(*block);
  CHECK(!heap->event_loop_is_behind(0));
  heap->Close(block);
  CHECK(heap->event_loop_is_behind(0));
  CHECK(heap->event_loop_is_behind(kMiB));  // for the view itself something is added
  CHECK(!heap->event_loop_is_behind(2 * kMiB));
  heap->OnViewFinalized(view);
  CHECK(!heap->event_loop_is_behind(0));
}

TEST("bytes under external ArrayBuffers are counted from the view to its finalizer, open or closed") {
  Heap heap;
  MemoryBlock* block = heap.Open(1000);
  MemoryBlock* unviewed = heap.Open(50);
  CHECK_EQUAL(heap->external_bytes(), 0u);
  MemoryView* view = heap->OpenView(*block);
  CHECK_EQUAL(heap->external_bytes(), 1000u);
  heap->Close(block);
  heap->Close(unviewed);
  CHECK_EQUAL(heap->external_bytes(), 1000u);
  heap->OnViewFinalized(view);
  CHECK_EQUAL(heap->external_bytes(), 0u);
}

TEST("the event loop is behind when very many views wait for it, even without memory") {
  constexpr size_t kViews = 64 * kMiB / 512;
  Heap heap;
  MemoryBlock* block = heap.Open(8);
  std::vector<MemoryView*> views;
  const auto abandon_one = [&] {
    views.push_back(heap->OpenView(*block));
    heap->AbandonView(*block);
  };
  while (views.size() < kViews) abandon_one();
  CHECK(!heap->event_loop_is_behind());
  abandon_one();
  CHECK(heap->event_loop_is_behind());
  for (MemoryView* view : views) heap->OnViewFinalized(view);
  CHECK(!heap->event_loop_is_behind());
  heap->Close(block);
}

TEST("a thread that ends with viewed handles open drains them without pulling memory from a reader") {
  MemoryHeap* heap;
  MemoryView* view;
  std::byte* data;
  {
    Buffers test;
    heap = test.heap;
    MemoryBlock* block = test.Open(kPageBlock);
    data = block->Expose();
    view = heap->OpenView(*block);
    test.OpenHandle(block);
    test.OpenHandle(test.Open(10));
    test.table.Drain();
    CHECK_EQUAL(test.counters(kKind, Counter::kFinalized), 2);
    CHECK_EQUAL(heap->native_bytes(), 0);
  }
  CHECK(Holds(data, kPageBlock, 0));
  heap->OnViewFinalized(view);
}

}  // namespace holdfast::test
