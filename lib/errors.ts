import type { LiveHandle } from './live-handle.js'

// Every error of the library has a permanent code; match on that. `instanceof` works too, also when two
// copies of the library are loaded: each class recognises the mark of its namesake in the other copy.

type ErrorClass = abstract new (...args: never[]) => Error

export function recogniseAcrossCopies(errorClass: ErrorClass): void {
  const mark = Symbol.for(`holdfast.${errorClass.name}`)
  Object.defineProperty(errorClass.prototype, mark, { value: true })
  Object.defineProperty(errorClass.prototype, 'name', { value: errorClass.name, writable: true, configurable: true })
  Object.defineProperty(errorClass, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      // Subclasses inherit this function, but only the class itself is meant by the mark.
      if (this !== errorClass) return Function.prototype[Symbol.hasInstance].call(this as () => void, value)
      return typeof value === 'object' && value !== null && mark in value
    },
  })
}

/** In a line. Anything can be thrown, also what cannot be made a string. */
export function describeThrown(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return 'something that has no description'
  }
}

/** For the details of a warning; empty for what has none. */
export function stackOfThrown(thrown: unknown): string {
  const stack = (thrown as { readonly stack?: unknown } | null | undefined)?.stack
  return typeof stack === 'string' ? stack : ''
}

/** A handle was used after it was disposed or closed. Code `ERR_HOLDFAST_DISPOSED`. */
export class ObjectDisposedError extends Error {
  /** Permanent, unlike the message. */
  readonly code = 'ERR_HOLDFAST_DISPOSED'
  /** The name of the class whose object was used. */
  readonly objectName: string

  /**
   * The library throws these; others may, too.
   *
   * @param objectName the name of the class
   * @param options `cause`: where the object was disposed of, if that is known
   */
  constructor(objectName: string, options?: ErrorOptions) {
    super(`Cannot use this ${objectName}: it was disposed. Use it before dispose(), or make a new one.`, options)
    this.objectName = objectName
  }
}

/** The operation is not possible in the present state. Code `ERR_HOLDFAST_INVALID_OPERATION`, or a more special one. */
export class InvalidOperationError extends Error {
  /** Permanent, unlike the message. `ERR_HOLDFAST_WRONG_THREAD` and `ERR_HOLDFAST_SERVICE` are the special ones. */
  readonly code: string

  /**
   * The library throws these; others may, too.
   *
   * @param options `code`: in place of `ERR_HOLDFAST_INVALID_OPERATION`
   */
  constructor(message: string, options?: ErrorOptions & { code?: string }) {
    super(message, options)
    this.code = options?.code ?? 'ERR_HOLDFAST_INVALID_OPERATION'
  }
}

/**
 * `releaseHandle` threw or returned false. The handle is closed all the same and will not be released
 * again. Code `ERR_HOLDFAST_RELEASE`; `cause` is what `releaseHandle` threw, if it threw.
 */
export class HandleReleaseError extends Error {
  /** Permanent, unlike the message. */
  readonly code = 'ERR_HOLDFAST_RELEASE'
  /** The kind of the handle, as `liveHandles` counts it. */
  readonly kind: string

  /**
   * The library throws these; others may, too.
   *
   * @param kind the kind of the handle
   * @param options `cause`: what `releaseHandle` threw. Without options it has returned false
   */
  constructor(kind: string, options?: ErrorOptions) {
    const what = options === undefined ? 'returned false' : `threw: ${describeThrown(options.cause)}`
    super(
      `Releasing a handle of kind ${kind} failed: releaseHandle ${what}. The handle is closed and will not be released again.`,
      options,
    )
    this.kind = kind
  }
}

/** Handles were left behind. Code `ERR_HOLDFAST_LEAK`. */
export class HandleLeakError extends Error {
  /** Permanent, unlike the message. */
  readonly code = 'ERR_HOLDFAST_LEAK'
  /** The handles in question. */
  readonly leaks: LiveHandle[]

  /**
   * The library throws these; others may, too.
   *
   * @param leaks the handles that were left behind
   */
  constructor(message: string, leaks: LiveHandle[]) {
    super(message)
    this.leaks = leaks
  }
}

/** A limit on live resources was reached. Code `ERR_HOLDFAST_EXHAUSTED`. */
export class ResourceExhaustedError extends Error {
  /** Permanent, unlike the message. */
  readonly code = 'ERR_HOLDFAST_EXHAUSTED'
  /** What there is no more of: the name of the collector. */
  readonly resource: string
  /** How many there may be. */
  readonly limit: number
  /** How many there are, after everything unreachable was released. */
  readonly live: number

  /**
   * The library throws these; others may, too.
   *
   * @param resource the name of the collector
   * @param limit how many handles there may be
   * @param live how many there are
   */
  constructor(resource: string, limit: number, live: number) {
    super(
      `There are ${live} live handles of "${resource}", and the limit is ${limit}. Dispose of some, or raise the limit.`,
    )
    this.resource = resource
    this.limit = limit
    this.live = live
  }
}

/** What stood in the way of an allocation. */
interface MemoryLimit {
  /** Whose limit. Default: that of the process */
  of?: 'arena'
  bytes: number
  live: number
}

const AFTER_ALL =
  ', also after releasing what was unreachable. Dispose of buffers that are no longer needed, or ask for less.'

function describeLimit({ of, bytes, live }: MemoryLimit): string {
  if (of === 'arena') {
    return `: this arena may have ${bytes} bytes and has ${live}. Call reset() when its blocks are no longer needed, or raise maxBytes.`
  }
  return `: the limit of this process is ${bytes} bytes, and ${live} are live, also after releasing what was unreachable. Dispose of what is no longer needed, or raise the limit with setNativeMemoryLimit().`
}

/**
 * Native memory could not be had, although everything unreachable was released first: the system refused,
 * or the native limit, or the limit of an arena. Code `ERR_MEMORY_ALLOCATION_FAILED`.
 */
export class OutOfMemoryError extends RangeError {
  /** Permanent, unlike the message. */
  readonly code = 'ERR_MEMORY_ALLOCATION_FAILED'
  /** How many bytes were asked for. */
  readonly requested: number

  /**
   * The library throws these; others may, too.
   *
   * @param requested how many bytes were asked for
   * @param limit what stood in the way, for the message. Default: the system
   */
  constructor(requested: number, limit?: MemoryLimit) {
    super(
      `Cannot allocate ${requested} bytes of native memory${limit === undefined ? AFTER_ALL : describeLimit(limit)}`,
    )
    this.requested = requested
  }
}

/** The operating system refused. `code` is its name for the reason, such as `ENOENT`. */
export class SystemError extends Error {
  /** The name that the system has for the reason, such as `ENOENT`. */
  readonly code: string
  /** The number of the reason, negative, as in `node:fs`. */
  readonly errno: number
  /** The system call that failed. */
  readonly syscall: string
  /** The file in question, if there is one. */
  readonly path?: string

  /**
   * The library throws these; others may, too.
   *
   * @param code the name of the reason
   * @param description the words of the system for it
   */
  constructor(code: string, description: string, details: { errno: number; syscall: string; path?: string }) {
    const place = details.path === undefined ? '' : ` '${details.path}'`
    super(`${code}: ${description}, ${details.syscall}${place}`)
    this.code = code
    this.errno = details.errno
    this.syscall = details.syscall
    if (details.path !== undefined) this.path = details.path
  }
}

for (const errorClass of [
  ObjectDisposedError,
  InvalidOperationError,
  HandleReleaseError,
  HandleLeakError,
  ResourceExhaustedError,
  OutOfMemoryError,
  SystemError,
]) {
  recogniseAcrossCopies(errorClass)
}
