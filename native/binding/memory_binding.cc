#include <algorithm>
#include <cstdint>

#include "binding/arguments.h"
#include "binding/functions.h"
#include "binding/memory_traits.h"
#include "binding/views.h"
#include "resources/pages.h"

namespace holdfast {

namespace {

MemoryBlock* BlockOf(Environment& environment, HandleId id) {
  const Slot* slot = environment.table().Find(id);
  return slot == nullptr ? nullptr : static_cast<MemoryBlock*>(slot->resource);
}

// Allocates a block and opens a handle for it with `open(block, kind, bytes, admission)`; none when the
// system refused either, or the native limit.
template <typename OpenHandle>
HandleId OpenBlock(Environment& environment, double bytes, MemoryTraits traits, OpenHandle open) {
  environment.BeforeOpen(bytes);
  Admission admission(NativeLimit::OfProcess(), bytes);
  if (!environment.NoteAdmission(admission.granted())) return {};
  MemoryHeap& heap = environment.heap();
  MemoryBlock* block = heap.Open(static_cast<size_t>(static_cast<int64_t>(bytes)), traits.alignment,
                                 traits.zeroed, traits.kind);
  if (block == nullptr) return {};
  const HandleId id = open(block, traits.kind, bytes, admission);
  if (id.is_none()) heap.Close(block);
  return id;
}

// openMemory(token, byteLength, traits): id, or 0 when the system or the native limit refused. The handle is
// open as long as the object `token` is reachable.
napi_value OpenMemory(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Environment& environment = arguments.environment();
  const MemoryTraits traits(arguments.Uint32(2));
  return ToValue(env, OpenBlock(environment, arguments.Number(1), traits,
                                [&](MemoryBlock* block, uint32_t kind, double bytes, Admission& admission) {
                                  return environment.Open(arguments[0], kMemoryPolicy, block, kind, bytes,
                                                          admission);
                                }));
}

// reopenMemory(slot, byteLength, traits): the same with the token that the slot had when it was closed.
// Nothing on success, the id is that of the last time with the next generation; false when the system or
// the limit refused, and when that token cannot be used again.
napi_value ReopenMemory(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Environment& environment = arguments.environment();
  const MemoryTraits traits(arguments.Uint32(2));
  const uint32_t slot = arguments.Uint32(0);
  const HandleId id =
      OpenBlock(environment, arguments.Number(1), traits,
                [&](MemoryBlock* block, uint32_t kind, double bytes, Admission& admission) {
                  return environment.Reopen(slot, kMemoryPolicy, block, kind, bytes, admission);
                });
  return id.is_none() ? ToValue(env, false) : nullptr;
}

// memoryAddress(id): where the bytes are. They are zeroed by now if that was asked for, and stay there
// until the handle closes or is resized.
napi_value MemoryAddress(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  MemoryBlock* block = BlockOf(arguments.environment(), arguments.Id(0));
  if (block == nullptr) return nullptr;
  return ToValue(env, static_cast<double>(reinterpret_cast<uintptr_t>(block->Expose())));
}

// viewMemory(id): an ArrayBuffer over the bytes; undefined when the runtime refuses such, or has no
// memory for one
napi_value ViewMemory(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Environment& environment = arguments.environment();
  MemoryBlock* block = BlockOf(environment, arguments.Id(0));
  return block == nullptr ? nullptr : OpenView(env, environment, *block);
}

// moveMemoryToEngine(id, arrayBuffer, offset): the bytes live in `arrayBuffer` from now on
napi_value MoveMemoryToEngine(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Environment& environment = arguments.environment();
  MemoryBlock* block = BlockOf(environment, arguments.Id(0));
  void* data = nullptr;
  size_t length = 0;
  if (block == nullptr || block->view != nullptr ||
      napi_get_arraybuffer_info(env, arguments[1], &data, &length) != napi_ok) {
    return ToValue(env, false);
  }
  environment.heap().MoveToEngine(*block, static_cast<std::byte*>(data) + arguments.Uint32(2));
  environment.AfterChange();
  return ToValue(env, true);
}

// closeViewedMemory(slot, generation, arrayBuffer): closeForReuse, and detaches the ArrayBuffer over the
// bytes; undefined for one that JavaScript has detached. Memory under an ArrayBuffer that is not detached
// stays with that.
napi_value CloseViewedMemory(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Environment& environment = arguments.environment();
  const HandleId id(arguments.Uint32(0), arguments.Uint32(1));
  MemoryBlock* block = BlockOf(environment, id);
  const bool unreachable = arguments.IsUndefined(2) || Detach(env, arguments[2]);
  if (block != nullptr && unreachable) environment.heap().AbandonView(*block);
  napi_value result = environment.CloseForReuse(id);
  environment.AfterViewChange();
  return result;
}

// abandonView(id): the ArrayBuffer over the bytes was detached
napi_value AbandonView(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Environment& environment = arguments.environment();
  MemoryBlock* block = BlockOf(environment, arguments.Id(0));
  if (block != nullptr) environment.heap().AbandonView(*block);
  environment.AfterViewChange();
  return nullptr;
}

// disownMemory(id): the handle closes, the memory stays
napi_value DisownMemory(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Environment& environment = arguments.environment();
  void* block = environment.table().Disown(arguments.Id(0));
  if (block != nullptr) environment.heap().Disown(static_cast<MemoryBlock*>(block));
  environment.AfterChange();
  return ToValue(env, block != nullptr);
}

// resizeMemory(id, byteLength, traits, detach): false when the system or the native limit refused; nothing
// has changed then. Else the contents are in new memory. `detach` is called in between, and must not touch
// the handle.
napi_value ResizeMemory(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  Environment& environment = arguments.environment();
  MemoryHeap& heap = environment.heap();
  Slot* slot = environment.table().Find(arguments.Id(0));
  if (slot == nullptr || slot->state != SlotState::kOpen || slot->pins > 0) return ToValue(env, false);
  const double bytes = arguments.Number(1);
  const MemoryTraits traits(arguments.Uint32(2));
  const double growth = std::max(0.0, bytes - slot->bytes);
  Admission admission(NativeLimit::OfProcess(), growth);
  if (!environment.NoteAdmission(admission.granted())) return ToValue(env, false);
  MemoryBlock* grown = heap.Open(static_cast<size_t>(static_cast<int64_t>(bytes)), traits.alignment,
                                 traits.zeroed, traits.kind);
  if (grown == nullptr) return ToValue(env, false);

  auto* old = static_cast<MemoryBlock*>(slot->resource);
  grown->CopyFrom(*old);
  if (CallDetach(env, arguments[3])) heap.AbandonView(*old);
  // Old memory that stays with its ArrayBuffer stays counted, too.
  const double held = old->view == nullptr ? 0 : slot->bytes;
  if (!environment.NoteAdmission(admission.Extend(bytes - slot->bytes + held - growth))) {
    heap.Close(grown);
    return ToValue(env, false);
  }
  slot->resource = grown;
  heap.Close(old);
  environment.Resize(*slot, bytes, held, admission);
  environment.AfterViewChange();
  return ToValue(env, true);
}

// detach(arrayBuffer): does nobody reach its memory through it any more?
napi_value DetachArrayBuffer(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  return ToValue(env, Detach(env, arguments[0]));
}

// trimMemory(): gives back to the system what is kept for reuse, here and in the C heap. The latter may
// take milliseconds.
napi_value TrimMemory(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  arguments.environment().heap().TrimAll();
  TrimCHeap();
  return nullptr;
}

// waitingViews(): how many views of closed handles the runtime has not finalized yet
napi_value WaitingViews(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  return ToValue(env, static_cast<double>(arguments.environment().heap().waiting_views()));
}

// externalBuffersAllowed(): does this runtime let ArrayBuffers lie over memory that is not its own?
napi_value ExternalBuffersAllowed(napi_env env, napi_callback_info) {
  static std::byte probe;
  napi_value buffer;
  const napi_status status = napi_create_external_arraybuffer(env, &probe, 1, nullptr, nullptr, &buffer);
  return ToValue(env, status == napi_ok);
}

constexpr NativeFunction kFunctions[] = {
    {"openMemory", OpenMemory},
    {"reopenMemory", ReopenMemory},
    {"memoryAddress", MemoryAddress},
    {"viewMemory", ViewMemory},
    {"moveMemoryToEngine", MoveMemoryToEngine},
    {"closeViewedMemory", CloseViewedMemory},
    {"abandonView", AbandonView},
    {"disownMemory", DisownMemory},
    {"resizeMemory", ResizeMemory},
    {"detach", DetachArrayBuffer},
    {"trimMemory", TrimMemory},
    {"externalBuffersAllowed", ExternalBuffersAllowed},
    {"waitingViews", WaitingViews},
};

}  // namespace

std::span<const NativeFunction> MemoryFunctions() { return kFunctions; }

}  // namespace holdfast
