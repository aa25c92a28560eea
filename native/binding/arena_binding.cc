#include "resources/arena.h"

#include <cstring>

#include "binding/arguments.h"
#include "binding/functions.h"
#include "binding/views.h"

namespace holdfast {

namespace {

Arena* ArenaOf(const Slot* slot) { return slot == nullptr ? nullptr : static_cast<Arena*>(slot->resource); }

// openArena(token, kind): id of an arena without chunks, or 0 when there is no memory for it
napi_value OpenArena(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Environment& environment = arguments.environment();
  environment.BeforeOpen(0);
  Arena* arena = Arena::Create(environment.heap());
  if (arena == nullptr) return ToValue(env, HandleId());
  const HandleId id = environment.Open(arguments[0], kArenaPolicy, arena, arguments.Uint32(1));
  if (id.is_none()) arena->Close();
  return ToValue(env, id);
}

// addArenaChunk(id, byteLength): false when the system or the native limit refused
napi_value AddArenaChunk(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Environment& environment = arguments.environment();
  const double bytes = arguments.Number(1);
  environment.BeforeOpen(bytes);
  Admission admission(NativeLimit::OfProcess(), bytes);
  if (!environment.NoteAdmission(admission.granted())) return ToValue(env, false);
  Slot* slot = environment.table().Find(arguments.Id(0));
  if (slot == nullptr) return ToValue(env, false);
  if (!ArenaOf(slot)->AddChunk(static_cast<size_t>(static_cast<int64_t>(bytes)), slot->kind)) {
    return ToValue(env, false);
  }
  environment.Resize(*slot, slot->bytes + bytes, 0, admission);
  return ToValue(env, true);
}

// viewArenaChunk(id, index, dirty): an ArrayBuffer over the chunk, whose first `dirty` bytes are zeroed
// again; undefined when the runtime refuses such, or has no memory for one
napi_value ViewArenaChunk(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Environment& environment = arguments.environment();
  Arena* arena = ArenaOf(environment.table().Find(arguments.Id(0)));
  if (arena == nullptr) return nullptr;
  MemoryBlock& block = arena->chunk(arguments.Uint32(1));
  const auto dirty = static_cast<size_t>(static_cast<int64_t>(arguments.Number(2)));
  if (dirty > 0) std::memset(block.Expose(), 0, dirty);
  return OpenView(env, environment, block);
}

// moveArenaChunkToEngine(id, index, arrayBuffer): the memory of an ArrayBuffer of the engine, which has
// kChunkAlignment bytes more, takes the place of the chunk's. Returns where in it the chunk begins.
napi_value MoveArenaChunkToEngine(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Environment& environment = arguments.environment();
  Arena* arena = ArenaOf(environment.table().Find(arguments.Id(0)));
  void* data = nullptr;
  size_t length = 0;
  if (arena == nullptr || napi_get_arraybuffer_info(env, arguments[2], &data, &length) != napi_ok)
    return nullptr;
  const size_t past = reinterpret_cast<uintptr_t>(data) % Arena::kChunkAlignment;
  const size_t offset = past == 0 ? 0 : Arena::kChunkAlignment - past;
  environment.heap().MoveToEngine(arena->chunk(arguments.Uint32(1)), static_cast<std::byte*>(data) + offset);
  environment.AfterChange();
  return ToValue(env, static_cast<double>(offset));
}

// retractArenaChunk(id, index, unreachable): takes a chunk from under its ArrayBuffer, which was detached if
// nobody can reach the memory any more. False, and the arena has the chunk no more, when the memory stays
// with an ArrayBuffer, or was the engine's.
napi_value RetractArenaChunk(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Environment& environment = arguments.environment();
  Slot* slot = environment.table().Find(arguments.Id(0));
  if (slot == nullptr) return ToValue(env, false);
  Arena* arena = ArenaOf(slot);
  const uint32_t index = arguments.Uint32(1);
  MemoryBlock& block = arena->chunk(index);
  const bool unreachable = arguments.Boolean(2);
  if (unreachable) environment.heap().AbandonView(block);
  const bool stays = unreachable && block.native();
  if (!stays) {
    const auto bytes = static_cast<double>(block.byte_length);
    const Released released = arena->RemoveChunk(index);
    Admission nothing(NativeLimit::OfProcess(), 0);
    environment.Resize(*slot, slot->bytes - bytes, static_cast<double>(released.bytes_held), nothing);
  }
  environment.AfterViewChange();
  return ToValue(env, stays);
}

constexpr NativeFunction kFunctions[] = {
    {"openArena", OpenArena},
    {"addArenaChunk", AddArenaChunk},
    {"viewArenaChunk", ViewArenaChunk},
    {"moveArenaChunkToEngine", MoveArenaChunkToEngine},
    {"retractArenaChunk", RetractArenaChunk},
};

}  // namespace

std::span<const NativeFunction> ArenaFunctions() { return kFunctions; }

}  // namespace holdfast
