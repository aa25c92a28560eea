import { AsyncLocalStorage } from 'node:async_hooks'

// To whom it belongs what happens now. Channels call their subscribers where something is published, so the
// context of a subscriber is that of whoever has opened or disposed of the handle.

/** What is started within one, however long it takes, is within it. */
export class TestContext {
  /** undefined: it lies within no other. */
  parent: TestContext | undefined

  constructor(parent: TestContext | undefined) {
    this.parent = parent
  }
}

type Current = TestContext | 'nobody'

const storage = new AsyncLocalStorage<Current>()

/** What runs alone, and so owns all that is in no context. */
let alone: TestContext | undefined

/** undefined outside of all contexts; `'nobody'` where nobody is to be told. */
export function currentContext(): Current | undefined {
  return storage.getStore() ?? alone
}

/** A context within the current one. */
export function nestedContext(): TestContext {
  const current = currentContext()
  return new TestContext(current === 'nobody' ? undefined : current)
}

export function runIn<T>(context: Current, body: () => T): T {
  return storage.run(context, body)
}

/** Before Node 24 every promise costs several times as much, once there is a context that follows them. */
const isFollowingCheap = Number(process.versions.node.split('.')[0]) >= 24

/** For a body beside which nothing runs that has a context of its own: cheap everywhere. */
export async function runAloneIn<T>(context: TestContext, body: () => Promise<T>): Promise<T> {
  if (isFollowingCheap || alone !== undefined) return runIn(context, body)
  alone = context
  try {
    return await body()
  } finally {
    alone = undefined
  }
}

/** For a context that was made before it was known where: it lies in the current one. */
export function placeHere(context: TestContext): void {
  const current = currentContext()
  if (current === 'nobody' || context.parent !== undefined || isWithin(current, context)) return
  context.parent = current
}

/** Whether the one is the other, or lies within it. Everything is within undefined. */
export function isWithin(inner: TestContext | undefined, outer: TestContext | undefined): boolean {
  if (outer === undefined) return true
  for (let context = inner; context !== undefined; context = context.parent) {
    if (context === outer) return true
  }
  return false
}
