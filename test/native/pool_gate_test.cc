#include "core/pool_gate.h"

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "faults/faults.h"
#include "harness.h"

namespace holdfast::test {

TEST("a gate with nobody inside is shut at once, and nobody comes in any more") {
  PoolGate* gate = PoolGate::Create();
  REQUIRE(gate != nullptr);
  CHECK(gate->Enter());
  gate->Leave();
  gate->ShutAndWait();
  CHECK(!gate->Enter());
  CHECK(!gate->Enter());
  gate->Drop();
}

TEST("who shuts it waits for the last one inside, and sees what they have done") {
  PoolGate* gate = PoolGate::Create();
  REQUIRE(gate != nullptr);
  std::array<int, 4> done{};
  std::array<std::thread, 4> pool;
  std::atomic<size_t> inside{0};
  for (size_t index = 0; index < pool.size(); ++index) {
    pool[index] = std::thread([&, index] {
      CHECK(gate->Enter());
      inside.fetch_add(1);
      std::this_thread::sleep_for(std::chrono::milliseconds(5 * index));
      done[index] = 1;
      gate->Leave();
    });
  }
  while (inside.load() < pool.size()) std::this_thread::yield();
  gate->ShutAndWait();
  for (const int one : done) CHECK_EQUAL(one, 1);
  for (std::thread& thread : pool) thread.join();
  gate->Drop();
}

TEST("it lives as long as the last job, which may outlive the thread") {
  const auto before = faults::ReadOutstanding();
  PoolGate* gate = PoolGate::Create();
  REQUIRE(gate != nullptr);
  gate->Hold();
  gate->ShutAndWait();
  gate->Drop();
  std::thread([&] {
    CHECK(!gate->Enter());
    gate->Drop();
  }).join();
  CHECK(faults::ReadOutstanding() == before);
}

}  // namespace holdfast::test
