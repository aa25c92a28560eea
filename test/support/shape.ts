// What the language says of the shape of what it builds in.

/** The attributes of a property as a word each, such as 'writable configurable'. */
export function attributesOf(object: object, key: PropertyKey): string {
  const descriptor = Object.getOwnPropertyDescriptor(object, key)
  if (descriptor === undefined) return 'missing'
  return (['writable', 'enumerable', 'configurable'] as const).filter((name) => descriptor[name]).join(' ')
}

/** Whether `new` works on it, found out without running it. */
export function isConstructor(value: unknown): boolean {
  try {
    Reflect.construct(Object, [], value as never)
    return true
  } catch {
    return false
  }
}

export function getterOf(object: object, key: PropertyKey): (this: unknown) => unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.get as never
}

/** Values that are no objects. */
export const primitives = [undefined, null, true, 0, 'text', Symbol('symbol'), 1n]
