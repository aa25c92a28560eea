#include "binding/arguments.h"
#include "binding/functions.h"
#include "core/engine_flags.h"
#include "core/thread_clock.h"

namespace holdfast {

namespace {

// openHandle(owner, kind, byteLength): id, or 0 when there is no memory for another handle, or the native
// limit refused its bytes
napi_value OpenHandle(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Environment& environment = arguments.environment();
  const double bytes = arguments.Number(2);
  environment.BeforeOpen(bytes);
  Admission admission(NativeLimit::OfProcess(), bytes);
  if (!environment.NoteAdmission(admission.granted())) return ToValue(env, HandleId());
  return ToValue(env, environment.Open(arguments[0], kReleasedByJavaScript, nullptr, arguments.Uint32(1),
                                       bytes, admission));
}

// reopenHandle(slot, kind, byteLength): the same for the owner that the slot had when it was closed for
// reuse. Nothing on success, the id is that of the last time with the next generation; false when that owner
// cannot be used again.
napi_value ReopenHandle(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Environment& environment = arguments.environment();
  const double bytes = arguments.Number(2);
  environment.BeforeOpen(bytes);
  Admission admission(NativeLimit::OfProcess(), bytes);
  if (!environment.NoteAdmission(admission.granted())) return ToValue(env, false);
  const HandleId id = environment.Reopen(arguments.Uint32(0), kReleasedByJavaScript, nullptr,
                                         arguments.Uint32(1), bytes, admission);
  return id.is_none() ? ToValue(env, false) : nullptr;
}

// reopenCounted(slot, kind): a handle without declared bytes, in place of one that JavaScript has closed and
// counted by itself. Nothing on success, the id is that of the closed one with the next generation; false
// when its owner cannot be used again. The slot is free then.
napi_value ReopenCounted(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Environment& environment = arguments.environment();
  environment.BeforeOpen(0);
  environment.ForgetCountedSlot();
  const HandleId id =
      environment.table().ReopenCounted(arguments.Uint32(0), {.policy = &kReleasedByJavaScript,
                                                              .resource = nullptr,
                                                              .owner = nullptr,
                                                              .kind = arguments.Uint32(1),
                                                              .bytes = 0});
  return id.is_none() ? ToValue(env, false) : nullptr;
}

// closeForReuse(slot, generation): the program disposes of a handle of any kind. Nothing when its owner may
// be used again; true when it may not; false when the handle was not open any more. Nothing is the frequent
// answer and the cheapest to give. The id comes in its two halves, which are small integers: a double would
// have to be allocated for each handle.
napi_value CloseForReuse(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const HandleId id(arguments.Uint32(0), arguments.Uint32(1));
  return arguments.environment().CloseForReuse(id);
}

// deferClose(slot, generation): the program disposes of a handle and waits for runDeferredReleases(). False,
// and the handle is still open, when there is nothing slow about it.
napi_value DeferClose(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const HandleId id(arguments.Uint32(0), arguments.Uint32(1));
  return ToValue(env, arguments.environment().DeferClose(id));
}

// runDeferredReleases(errors): what was deferred is released on the thread pool. Writes 0 or the errno of
// each, in order, into the Float64Array, which has as many cells and is kept until then. A promise; nothing,
// and they are released by now, when the engine refused.
napi_value RunDeferredReleases(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  void* errors = nullptr;
  size_t count = 0;
  napi_get_typedarray_info(env, arguments[0], nullptr, &count, &errors, nullptr, nullptr);
  return arguments.environment().release_queue().RunInPool(env, static_cast<double*>(errors), count);
}

// disownHandle(id): the handle closes, its resource stays
napi_value DisownHandle(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Environment& environment = arguments.environment();
  const bool disowned = environment.table().Disown(arguments.Id(0)) != nullptr;
  environment.AfterChange();
  return ToValue(env, disowned);
}

// releaseError(): the errno of the release before, or 0; asking forgets it
napi_value ReleaseError(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  return ToValue(env, static_cast<double>(arguments.environment().table().TakeReleaseError()));
}

// finalizeHandle(id): nobody disposed of the handle. Nothing, or false when it was not open any more.
napi_value FinalizeHandle(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Environment& environment = arguments.environment();
  const HandleId id = arguments.Id(0);
  const bool closed =
      !environment.IsCounted(id.index()) && environment.table().Close(id, CloseReason::kFinalized);
  environment.AfterChange();
  return closed ? nullptr : ToValue(env, false);
}

// resizeHandle(id, byteLength): JavaScript declares other native bytes behind its handle; false when the
// native limit refused
napi_value ResizeHandle(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Environment& environment = arguments.environment();
  Slot* slot = environment.table().Find(arguments.Id(0));
  if (slot == nullptr) return ToValue(env, true);
  const double bytes = arguments.Number(1);
  Admission admission(NativeLimit::OfProcess(), bytes - slot->bytes);
  if (!environment.NoteAdmission(admission.granted())) return ToValue(env, false);
  environment.Resize(*slot, bytes, 0, admission);
  return ToValue(env, true);
}

// nextOrphan(): the id of a handle whose owner was collected and that JavaScript has to release, or 0
napi_value NextOrphan(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  return ToValue(env, arguments.environment().NextOrphan());
}

// handlesToRelease(): the ids of all open and watched handles that JavaScript has to release, newest first
napi_value HandlesToRelease(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  napi_value ids;
  if (napi_create_array(env, &ids) != napi_ok) return nullptr;
  uint32_t length = 0;
  Environment& environment = arguments.environment();
  environment.table().ForEachOpen([&](HandleId id, const Slot& slot) {
    if (!slot.policy->released_by_javascript() || slot.owner == nullptr) return;
    if (environment.IsCounted(id.index())) return;
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

// unwatchHandle(id): nothing but the program closes the handle from now on
napi_value UnwatchHandle(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  arguments.environment().table().Unwatch(arguments.Id(0));
  return nullptr;
}

// watchHandle(id, owner): takes that back. False when the engine had no memory for it.
napi_value WatchHandle(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  return ToValue(env, arguments.environment().Watch(arguments.Id(0), arguments[1]));
}

// addWeakTarget(object): a number to find it by as long as something else keeps it; 0 when there was no
// memory
napi_value AddWeakTarget(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  return ToValue(env, arguments.environment().weak_targets().Add(arguments[0]));
}

// findWeakTarget(number): the object, or undefined once it was collected
napi_value FindWeakTarget(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  return arguments.environment().weak_targets().Find(arguments.Number(0));
}

// removeWeakTarget(number): once for each number
napi_value RemoveWeakTarget(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  arguments.environment().weak_targets().Remove(arguments.Number(0));
  return nullptr;
}

// tallies(): the Float64Array of the tallies, made by the first call; undefined when the engine refused
napi_value Tallies(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  return arguments.environment().Tallies();
}

// tallyHandle(slot, generation, tally): counts an open handle in that cell of the tallies until it is
// released
napi_value TallyHandle(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  const HandleId id(arguments.Uint32(0), arguments.Uint32(1));
  arguments.environment().table().Tally(id, arguments.Uint32(2));
  return nullptr;
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

// collections(): how many collections of any kind were noticed
napi_value Collections(napi_env env, napi_callback_info info) {
  const Arguments<0> arguments(env, info);
  arguments.environment().NoticeCollections();
  return ToValue(env, arguments.environment().collections());
}

// threadMilliseconds(): how long this thread has run, without waiting
napi_value ThreadTime(napi_env env, napi_callback_info) { return ToValue(env, ThreadMilliseconds()); }

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
    {"reopenHandle", ReopenHandle},
    {"reopenCounted", ReopenCounted},
    {"closeForReuse", CloseForReuse},
    {"deferClose", DeferClose},
    {"runDeferredReleases", RunDeferredReleases},
    {"disownHandle", DisownHandle},
    {"releaseError", ReleaseError},
    {"finalizeHandle", FinalizeHandle},
    {"resizeHandle", ResizeHandle},
    {"nextOrphan", NextOrphan},
    {"handlesToRelease", HandlesToRelease},
    {"ownerOf", OwnerOf},
    {"unwatchHandle", UnwatchHandle},
    {"watchHandle", WatchHandle},
    {"addWeakTarget", AddWeakTarget},
    {"findWeakTarget", FindWeakTarget},
    {"removeWeakTarget", RemoveWeakTarget},
    {"tallies", Tallies},
    {"tallyHandle", TallyHandle},
    {"sweepEverything", SweepEverything},
    {"sweepAfterCollection", SweepAfterCollection},
    {"sweepSlice", SweepSlice},
    {"collections", Collections},
    {"majorCollections", MajorCollections},
    {"threadMilliseconds", ThreadTime},
    {"lockEngineFlags", LockFlags},
    {"unlockEngineFlags", UnlockFlags},
};

}  // namespace

std::span<const NativeFunction> HandleFunctions() { return kFunctions; }

}  // namespace holdfast
