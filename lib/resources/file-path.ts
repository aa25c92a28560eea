import { fileURLToPath } from 'node:url'
import { types } from 'node:util'
import { invalidType, invalidValue } from '../validate.js'

/** Where a file is. A `Buffer` may hold any bytes but 0; a `URL` is one of the scheme `file:`. */
export type FilePath = string | Uint8Array | URL

/** @throws TypeError */
export function checkPath(path: unknown): string | Uint8Array {
  const plain = isUrl(path) ? fileURLToPath(path) : path
  if (typeof plain !== 'string' && !types.isUint8Array(plain)) {
    throw invalidType('path', 'of type string or an instance of Buffer or URL', path)
  }
  const hasNull = typeof plain === 'string' ? plain.includes('\0') : plain.includes(0)
  if (hasNull) throw invalidValue('path', 'a string, Uint8Array, or URL without null bytes', path)
  return plain
}

/** Also one of another context, such as those that Jest makes. */
function isUrl(path: unknown): path is URL {
  return typeof path === 'object' && path !== null && 'href' in path && 'protocol' in path
}

/** For errors. */
export function describePath(path: string | Uint8Array): string {
  return typeof path === 'string' ? path : new TextDecoder().decode(path)
}
