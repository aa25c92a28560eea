#ifndef HOLDFAST_TEST_NATIVE_HANDLE_TABLE_MODEL_H_
#define HOLDFAST_TEST_NATIVE_HANDLE_TABLE_MODEL_H_

#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "core/handle_table.h"
#include "fixtures.h"

// HandleTable beside a model of it that is too simple to be wrong: a list. What is done to both is decided by
// chance (handle_table_model_test.cc) or by a fuzzer (test/fuzz/handle_table.cc).
namespace holdfast::test {

inline constexpr uint32_t kTally = 5;
inline constexpr uint32_t kKindsUsed[] = {kAllKinds, kKind, kOtherKind};

struct ModelHandle {
  Table::Handle handle;
  uint32_t kind;
  double bytes;
  SlotState state = SlotState::kOpen;
  CloseReason reason{};  // of a handle that is closing
  int pins = 0;
  bool collected = false;
  bool watched = true;
  bool tallied = false;
  int opened_at = 0;  // how many collections there had been

  bool by_javascript() const { return handle.resource == nullptr; }
  bool sweepable() const { return state == SlotState::kOpen && watched && collected && pins == 0; }
};

struct ModelCounts {
  double live = 0, bytes = 0, opened = 0, disposed = 0, finalized = 0, peak = 0, peak_bytes = 0;
};

class Comparison {
 public:
  // `below(limit)` decides what is done: a number from 0 to limit - 1.
  using Below = std::function<uint32_t(uint32_t limit)>;

  explicit Comparison(Below below) : below_(std::move(below)) { test_.table.UseTallies(tallies_.data()); }
  void Step();
  void Finish();
  size_t live() const { return handles_.size(); }
  size_t opened() const { return static_cast<size_t>(counts_[0].opened); }
  size_t reopened() const { return reopened_; }

 private:
  using Operation = void (Comparison::*)();

  ModelHandle* Any() {
    return handles_.empty() ? nullptr : &handles_[below_(static_cast<uint32_t>(handles_.size()))];
  }

  void Open();
  void Close();
  void CloseForReuse();
  void Reopen();
  void CloseStale();
  void Pin();
  void Unpin();
  void Resize();
  void Disown();
  void Unwatch();
  void Watch();
  void Tally();
  void CollectOwner();
  void ReportCollection();
  void Sweep();
  void CloseOrphan();
  void ReleaseEscapedBytes();

  template <typename Change>
  void Count(uint32_t kind, Change change) {
    change(counts_[kAllKinds]);
    change(counts_[kind]);
  }
  void Add(const Table::Handle& handle, uint32_t kind, double bytes, bool collected);
  void Remove(ModelHandle& handle, CloseReason reason, bool released);
  void Gone(ModelHandle& handle, CloseReason reason, bool released);
  void Compare();

  Below below_;
  Table test_;
  std::vector<ModelHandle> handles_;
  std::vector<HandleId> stale_;
  std::vector<std::pair<uint32_t, double>> escaped_;  // kind and bytes
  std::vector<ModelHandle> reserved_;                 // as they were, the last one on top
  std::array<double, 8> tallies_{};
  double tallied_ = 0;
  int collections_ = 0;
  size_t reopened_ = 0;
  ModelCounts counts_[4];
  bool growing_ = true;
};

}  // namespace holdfast::test

#endif  // HOLDFAST_TEST_NATIVE_HANDLE_TABLE_MODEL_H_
