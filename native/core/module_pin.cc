#include "core/module_pin.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace holdfast {

#ifdef _WIN32

bool PinModule() noexcept {
  HMODULE module;
  return GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                            reinterpret_cast<LPCWSTR>(&PinModule), &module) != 0;
}

#else

bool PinModule() noexcept {
  Dl_info image;
  if (dladdr(reinterpret_cast<void*>(&PinModule), &image) == 0) return false;
  // RTLD_NOLOAD finds what is mapped already; RTLD_NODELETE marks it. The count of the library is
  // raised for good, which is the point.
  return dlopen(image.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) != nullptr;
}

#endif

}  // namespace holdfast
