import { checkString, invalidType } from '../../validate.js'

declare const type: unique symbol

/** Stands for services of type `T` that have no class to stand for them. Made by `createToken`. */
export class ServiceToken<T> {
  /** Only for the compiler. @internal */
  declare readonly [type]: T
  /** For messages; two tokens of one name are two tokens. */
  readonly name: string

  /** @internal */
  constructor(name: string) {
    this.name = name
  }
}

/** A class whose instances are `T`; it may be abstract, and need not let others construct it. */
export type ServiceClass<T> = (abstract new (...args: any[]) => T) | { readonly name: string; readonly prototype: T }

/** What services are registered under and asked for by: a class, or what `createToken` has made. */
export type Token<T> = ServiceToken<T> | ServiceClass<T>

/** Tells keyed services of one token apart; compared as in a `Map`. */
export type ServiceKey = string | number | symbol | object

/**
 * Makes a token for services that have no class to stand for them: an interface, a function, a value.
 *
 * @param name for messages
 * @throws TypeError when `name` is no string
 */
export function createToken<T>(name: string): ServiceToken<T> {
  checkString('name', name)
  return new ServiceToken<T>(name)
}

export function isToken(value: unknown): value is Token<unknown> {
  return value instanceof ServiceToken || typeof value === 'function'
}

export function checkToken(name: string, value: unknown): asserts value is Token<unknown> {
  if (!isToken(value)) throw invalidType(name, 'a class or a token made by createToken', value)
}

export function checkKey(value: unknown): asserts value is ServiceKey {
  if (value === undefined || value === null || typeof value === 'boolean') {
    throw invalidType('key', 'a string, number, symbol or object', value)
  }
}

/** For messages and for `path` in errors. */
export function nameOf(token: Token<unknown>, key?: ServiceKey): string {
  const name = token.name || 'an anonymous class'
  if (key === undefined) return name
  return `${name}[${typeof key === 'object' ? 'object' : String(key)}]`
}
