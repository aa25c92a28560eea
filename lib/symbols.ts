// Node 20 and 22 know the symbols under a registered name, and do not have them at all in contexts made
// by `vm` (which is where Jest runs its tests). The same name gives the same symbol there.
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('nodejs.dispose')
export const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')

/** What `util.inspect` calls, in Node, Deno and Bun. */
export const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never
