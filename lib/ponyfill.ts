// What classes written in JavaScript need to be told apart from the platform's by nothing.

/**
 * Called by constructors. When the `prototype` of `newTarget` is no object, the language falls back to the
 * prototype of the class below ours; a class of the platform falls back to its own.
 */
export function keepPrototype(instance: object, newTarget: { prototype: unknown }, own: object): void {
  const { prototype } = newTarget
  const isObject = (typeof prototype === 'object' && prototype !== null) || typeof prototype === 'function'
  if (!isObject) Object.setPrototypeOf(instance, own)
}

export function defineHidden(target: object, key: string | symbol, value: unknown, writable = true): void {
  Object.defineProperty(target, key, { value, writable, enumerable: false, configurable: true })
}
