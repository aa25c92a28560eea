#include "binding/arguments.h"
#include "binding/functions.h"
#include "core/engine_flags.h"

namespace holdfast {

namespace {

// openHandle(owner, kind, byteLength): id, or 0 when there is no memory for another handle
napi_value OpenHandle(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Environment& environment = arguments.environment();
  const double bytes = arguments.Number(2);
  environment.BeforeOpen(bytes);
  return ToValue(env,
                 environment.Open(arguments[0], kReleasedByJavaScript, nullptr, arguments.Uint32(1), bytes));
}

// Nothing, or false when the handle was not open any more. For one whose bytes were never viewed, of any
// kind.
napi_value Close(napi_env env, napi_callback_info info, CloseReason reason) {
  const Arguments<1> arguments(env, info);
  Environment& environment = arguments.environment();
  const bool closed = environment.table().Close(arguments.Id(0), reason);
  environment.AfterChange();
  return closed ? nullptr : ToValue(env, false);
}

// closeHandle(id): see Close
napi_value CloseHandle(napi_env env, napi_callback_info info) {
  return Close(env, info, CloseReason::kDisposed);
}

// finalizeHandle(id): the same, for a handle that nobody disposed
napi_value FinalizeHandle(napi_env env, napi_callback_info info) {
  return Close(env, info, CloseReason::kFinalized);
}

// resizeHandle(id, byteLength): JavaScript declares other native bytes behind its handle
napi_value ResizeHandle(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Environment& environment = arguments.environment();
  Slot* slot = environment.table().Find(arguments.Id(0));
  if (slot != nullptr) environment.table().Resize(*slot, arguments.Number(1), 0);
  environment.AfterChange();
  return nullptr;
}

// nextOrphan(): the id of a handle whose owner was collected and that JavaScript has to release, or 0
napi_value NextOrphan(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  return ToValue(env, arguments.environment().table().NewestOrphan());
}

// handlesToRelease(): the ids of all open handles that JavaScript has to release, newest first
napi_value HandlesToRelease(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  napi_value ids;
  if (napi_create_array(env, &ids) != napi_ok) return nullptr;
  uint32_t length = 0;
  arguments.environment().table().ForEachOpen([&](HandleId id, const Slot& slot) {
    if (!slot.policy->released_by_javascript()) return;
    napi_set_element(env, ids, length++, ToValue(env, id));
  });
  return ids;
}

// ownerOf(id): the object that owns the handle, unless it was collected
napi_value OwnerOf(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const Slot* slot = arguments.environment().table().Find(arguments.Id(0));
  napi_value owner = nullptr;
  if (slot != nullptr && slot->owner != nullptr) {
    napi_get_reference_value(env, static_cast<napi_ref>(slot->owner), &owner);
  }
  return owner;
}

// sweepEverything(): closes every handle whose owner is known to be collected, and says how many;
// those that JavaScript has to release become orphans and do not count
napi_value SweepEverything(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  return ToValue(env, static_cast<double>(arguments.environment().SweepEverything()));
}

// sweepAfterCollection(): the same, but looks only where the collections since the last sweep can have
// had an effect
napi_value SweepAfterCollection(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  arguments.environment().NoticeCollections();
  return ToValue(env, static_cast<double>(arguments.environment().SweepPending()));
}

// sweepSlice(slots): looks at `slots` slots at most; is more of the sweep left?
napi_value SweepSlice(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  return ToValue(env, arguments.environment().SweepSlice(arguments.Uint32(0)));
}

// majorCollections(): how many major collections were noticed
napi_value MajorCollections(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  arguments.environment().NoticeCollections();
  return ToValue(env, arguments.environment().major_collections());
}

// lockEngineFlags(): may this thread change flags of the engine now? Waits for the others.
napi_value LockFlags(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  return ToValue(env, LockEngineFlags(&arguments.environment()));
}

// unlockEngineFlags()
napi_value UnlockFlags(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  UnlockEngineFlags(&arguments.environment());
  return nullptr;
}

constexpr NativeFunction kFunctions[] = {
    {"openHandle", OpenHandle},
    {"closeHandle", CloseHandle},
    {"finalizeHandle", FinalizeHandle},
    {"resizeHandle", ResizeHandle},
    {"nextOrphan", NextOrphan},
    {"handlesToRelease", HandlesToRelease},
    {"ownerOf", OwnerOf},
    {"sweepEverything", SweepEverything},
    {"sweepAfterCollection", SweepAfterCollection},
    {"sweepSlice", SweepSlice},
    {"majorCollections", MajorCollections},
    {"lockEngineFlags", LockFlags},
    {"unlockEngineFlags", UnlockFlags},
};

}  // namespace

std::span<const NativeFunction> HandleFunctions() { return kFunctions; }

}  // namespace holdfast
