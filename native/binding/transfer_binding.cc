#include <cstdint>
#include <cstdlib>

#include "binding/arguments.h"
#include "binding/functions.h"
#include "binding/memory_traits.h"
#include "binding/views.h"
#include "core/transit.h"

namespace holdfast {

namespace {

// Takes the memory out of a block, after its ArrayBuffer, if there is one, was detached.
MemoryParcel* PackBlock(napi_env env, MemoryHeap& heap, MemoryBlock& block, size_t alignment,
                        napi_value detach) {
  if (!block.native()) {
    // Detaching frees it.
    MemoryParcel* copy = heap.PackCopy(block, alignment);
    if (copy != nullptr) CallDetach(env, detach);
    return copy;
  }
  if (block.view == nullptr) return heap.Pack(block);
  if (!CallDetach(env, detach)) return heap.PackCopy(block, alignment);
  heap.AbandonView(block);
  return heap.Pack(block);
}

// transferMemory(id, token, traits, detach): the memory leaves the thread, and the handle closes. `detach`
// is called in between, and must not touch the handle. False, and the handle is still open, when there was
// no memory for it.
napi_value TransferMemory(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  Environment& environment = arguments.environment();
  MemoryHeap& heap = environment.heap();
  const HandleId id = arguments.Id(0);
  TransitToken token{};
  Slot* slot = environment.table().Find(id);
  if (slot == nullptr || !arguments.Text(1, token)) return ToValue(env, false);
  auto* block = static_cast<MemoryBlock*>(slot->resource);
  const uint32_t traits = arguments.Uint32(2);
  MemoryParcel* parcel = PackBlock(env, heap, *block, MemoryTraits(traits).alignment, arguments[3]);
  if (parcel == nullptr) return ToValue(env, false);

  parcel->token = token;
  parcel->sender = &environment.counters();
  parcel->kind = slot->kind;
  parcel->bytes = slot->bytes;
  parcel->traits = traits;
  const uint32_t kind = slot->kind;
  const double parcel_bytes = parcel->bytes;
  Transit::OfProcess().Add(parcel);
  environment.table().Disown(id, CloseReason::kTransferred);
  // Of a copy the original may stay with its ArrayBuffer.
  const auto held = static_cast<double>(heap.Close(block).bytes_held);
  if (held > 0) environment.counters().Resized(kind, 0, held);
  environment.ShiftExpectations(-parcel_bytes);
  environment.AfterChange();
  environment.AfterViewChange();
  return ToValue(env, true);
}

// What is received: a Float64Array of lib/resources/handle-transfer.ts. The engine has nothing to allocate
// for it, and so cannot refuse once the memory has changed hands.
struct Arrival {
  double id;
  double byte_length;
  double traits;

  // nullptr, and that is a mistake in JavaScript, for an array of another length.
  static Arrival* From(napi_env env, napi_value array) {
    void* cells = nullptr;
    size_t length = 0;
    napi_get_typedarray_info(env, array, nullptr, &length, &cells, nullptr, nullptr);
    return length * sizeof(double) == sizeof(Arrival) ? static_cast<Arrival*>(cells) : nullptr;
  }
};

// receiveMemory(owner, token, kind, arrival): true; undefined when there is no such transfer, false when
// there was no memory for the handle
napi_value ReceiveMemory(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  Environment& environment = arguments.environment();
  TransitToken token{};
  Arrival* arrival = Arrival::From(env, arguments[3]);
  if (arrival == nullptr || !arguments.Text(1, token)) return nullptr;
  environment.BeforeOpen(0);
  auto* parcel = static_cast<MemoryParcel*>(Transit::OfProcess().Take(token));
  if (parcel == nullptr) return nullptr;
  const uint32_t kind = arguments.Uint32(2);
  MemoryBlock* block = environment.heap().Unpack(*parcel, kind);
  HandleId id;
  if (block != nullptr) id = environment.Receive(arguments[0], kMemoryPolicy, block, kind, parcel->bytes);
  if (id.is_none()) {
    if (block != nullptr) environment.heap().Disown(block);
    Transit::OfProcess().Return(parcel);
    return ToValue(env, false);
  }
  Transit::OfProcess().Arrived(*parcel);
  *arrival = {.id = id.ToNumber(),
              .byte_length = static_cast<double>(parcel->byte_length),
              .traits = static_cast<double>(parcel->traits)};
  std::free(parcel);
  return ToValue(env, true);
}

// cancelTransfer(token): releases what this thread has sent. False when it was received already.
napi_value CancelTransfer(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  TransitToken token{};
  return ToValue(env, arguments.Text(0, token) && Transit::OfProcess().Cancel(token));
}

constexpr NativeFunction kFunctions[] = {
    {"transferMemory", TransferMemory},
    {"receiveMemory", ReceiveMemory},
    {"cancelTransfer", CancelTransfer},
};

}  // namespace

std::span<const NativeFunction> TransferFunctions() { return kFunctions; }

}  // namespace holdfast
