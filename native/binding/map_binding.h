#ifndef HOLDFAST_BINDING_MAP_BINDING_H_
#define HOLDFAST_BINDING_MAP_BINDING_H_

#include <node_api.h>

#include <cerrno>
#include <cstdint>

#include "binding/arguments.h"
#include "binding/environment.h"
#include "resources/file_map.h"

// What the functions of MappedFile and of SharedMemory have in common.
namespace holdfast {

// What is asked of a file, and what became of it: a Float64Array, lib/resources/file-range.ts.
struct FileRange {
  double offset;
  double length;     // below 0: to the end of the file
  double longest;    // that a map may be
  double file_size;  // from here on written by native code
  double byte_length;

  // nullptr, and that is a mistake in JavaScript, for an array of another length.
  static FileRange* From(napi_env env, napi_value array) {
    void* cells = nullptr;
    size_t length = 0;
    napi_get_typedarray_info(env, array, nullptr, &length, &cells, nullptr, nullptr);
    return length * sizeof(double) == sizeof(FileRange) ? static_cast<FileRange*>(cells) : nullptr;
  }

  // False when the file ends before the range does, or the range is too long for a map.
  bool Resolve(uint64_t size) {
    file_size = static_cast<double>(size);
    byte_length = length < 0 ? file_size - offset : length;
    return byte_length >= 0 && byte_length <= longest && offset + byte_length <= file_size;
  }
};

// A result besides ids, 0 and failures: FileRange::Resolve was false.
inline constexpr double kOutOfRange = -1;

// Opens a handle for a map, or frees it: when `failure` says that it was not made, or when there is no
// memory for the handle. Having no memory is an id of 0, whoever says so.
inline napi_value OpenMap(napi_env env, Environment& environment, napi_value owner,
                          const ResourcePolicy& policy, uint32_t kind, FileMap* map,
                          const SystemFailure& failure, Admission& admission) {
  MemoryHeap& heap = environment.heap();
  MemoryBlock* block = failure ? nullptr : heap.Adopt(map, map->data, map->byte_length, kind);
  if (block == nullptr) {
    map->free(map);
    return failure && failure.error != ENOMEM ? ToValue(env, failure) : ToValue(env, HandleId());
  }
  const auto bytes = static_cast<double>(map->byte_length);
  const HandleId id = environment.Open(owner, policy, block, kind, bytes, admission);
  if (id.is_none()) heap.Close(block);
  return ToValue(env, id);
}

// nullptr for an id that is not open.
inline FileMap* MapOf(Environment& environment, HandleId id) {
  const Slot* slot = environment.table().Find(id);
  if (slot == nullptr) return nullptr;
  return static_cast<FileMap*>(static_cast<MemoryBlock*>(slot->resource)->memory.base);
}

// The failure, or nothing.
inline napi_value OutcomeOf(napi_env env, const SystemFailure& failure) {
  return failure ? ToValue(env, failure) : nullptr;
}

}  // namespace holdfast

#endif  // HOLDFAST_BINDING_MAP_BINDING_H_
