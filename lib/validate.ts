import { inspect } from 'node:util'

// Errors in Node's own words and with Node's own codes.

function withCode<E extends Error>(error: E, code: string): E {
  return Object.assign(error, { code })
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return ` Received ${value}`
  if (typeof value === 'function') return ` Received function ${value.name}`
  if (typeof value === 'object') {
    const name = value.constructor?.name
    return name ? ` Received an instance of ${name}` : ` Received ${inspect(value, { depth: -1 })}`
  }
  return ` Received type ${typeof value} (${inspect(value).slice(0, 28)})`
}

/** The longest that timers can wait, in milliseconds. */
export const MAX_TIMEOUT = 2 ** 31 - 1

const kindOfName = (name: string) => (name.includes('.') ? 'property' : 'argument')

/** @param expected for example 'of type number' or 'an instance of Buffer' */
export function invalidType(name: string, expected: string, value: unknown): TypeError {
  const message = `The "${name}" ${kindOfName(name)} must be ${expected}.${describe(value)}`
  return withCode(new TypeError(message), 'ERR_INVALID_ARG_TYPE')
}

/** @param expected for example '>= 0 && <= 10' */
export function outOfRange(name: string, expected: string, value: unknown): RangeError {
  const message = `The value of "${name}" is out of range. It must be ${expected}. Received ${inspect(value)}`
  return withCode(new RangeError(message), 'ERR_OUT_OF_RANGE')
}

/** @param expected for example 'a string without null bytes' */
export function invalidValue(name: string, expected: string, value: unknown): TypeError {
  const message = `The ${kindOfName(name)} '${name}' must be ${expected}. Received ${inspect(value)}`
  return withCode(new TypeError(message), 'ERR_INVALID_ARG_VALUE')
}

export function unknownName(name: string, legal: readonly string[], value: unknown): TypeError {
  const list = legal.map((one) => `'${one}'`).join(', ')
  return invalidValue(name, `one of: ${list}`, value)
}

/** Throws unless `value` is an integer in the range given, both ends included. */
export function checkInteger(name: string, value: unknown, min: number, max: number): asserts value is number {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value)
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value)
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value)
}

/** Throws unless `value` is a number in the range given, both ends included. */
export function checkNumber(name: string, value: unknown, min: number, max: number): asserts value is number {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value)
  if (!(value >= min && value <= max)) throw outOfRange(name, `>= ${min} && <= ${max}`, value)
}

export function checkBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') throw invalidType(name, 'of type boolean', value)
}

export function checkString(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value)
}

export function checkFunction(name: string, value: unknown): asserts value is (...args: never[]) => unknown {
  if (typeof value !== 'function') throw invalidType(name, 'of type function', value)
}

/** Functions are objects, too. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** Throws unless `value` is an object or a function. */
export function checkObject(name: string, value: unknown): asserts value is object {
  if (!isObject(value)) throw invalidType(name, 'of type object', value)
}

/** Throws unless `value` is an object that can carry options. */
export function checkOptions(name: string, value: unknown): asserts value is object {
  if (typeof value !== 'object' || value === null) throw invalidType(name, 'of type object', value)
}

export function checkOneOf<T extends string>(name: string, value: unknown, legal: readonly T[]): asserts value is T {
  checkString(name, value)
  if (!legal.includes(value as T)) throw unknownName(name, legal, value)
}
