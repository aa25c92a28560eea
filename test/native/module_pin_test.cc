#include "core/module_pin.h"

#include <dlfcn.h>

#include <thread>

#include "harness.h"

namespace holdfast {

namespace {

constexpr const char* kLibrary = "./module_pin_library.so";  // tests run where they were built
using Pin = bool (*)();

bool IsLoaded() {
  void* library = dlopen(kLibrary, RTLD_LAZY | RTLD_NOLOAD);
  if (library != nullptr) dlclose(library);
  return library != nullptr;
}

}  // namespace

// In this order: what is pinned stays so.
TEST("a library that is not pinned goes with its last user") {
  void* library = dlopen(kLibrary, RTLD_LAZY);
  REQUIRE(library != nullptr);
  CHECK(dlsym(library, "PinThisLibrary") != nullptr);
  dlclose(library);
  CHECK(!IsLoaded());
}

TEST("a pinned library outlives its last user, however many threads have pinned it") {
  void* library = dlopen(kLibrary, RTLD_LAZY);
  REQUIRE(library != nullptr);
  const auto pin = reinterpret_cast<Pin>(dlsym(library, "PinThisLibrary"));
  REQUIRE(pin != nullptr);
  CHECK(pin());
  CHECK(pin());
  bool pinned_elsewhere = false;
  std::thread([&] { pinned_elsewhere = pin(); }).join();
  CHECK(pinned_elsewhere);
  dlclose(library);
  CHECK(IsLoaded());
  CHECK(pin());  // its code is still there
}

}  // namespace holdfast
