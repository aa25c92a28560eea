import { Buffer } from 'node:buffer'
import { fileURLToPath } from 'node:url'
import { types } from 'node:util'
import { invalidType, invalidValue } from '../validate.js'

/** A path as native code takes it. */
export interface FilePath {
  /** Ends with a 0. */
  readonly bytes: Uint8Array
  /** For errors. */
  readonly text: string
}

/**
 * A path in any form that `node:fs` takes.
 *
 * @throws TypeError for anything else, and for one with a null byte
 */
export function filePathOf(name: string, path: unknown): FilePath {
  const plain = isUrl(path) ? fileURLToPath(path) : path
  if (typeof plain !== 'string' && !types.isUint8Array(plain)) {
    throw invalidType(name, 'of type string or an instance of Buffer or URL', path)
  }
  const bytes = typeof plain === 'string' ? Buffer.from(plain) : Buffer.from(plain)
  if (bytes.includes(0)) throw invalidValue(name, 'a string, Uint8Array, or URL without null bytes', path)
  return { bytes: Buffer.concat([bytes, Buffer.alloc(1)]), text: bytes.toString() }
}

/** Also one of another context, such as those that Jest makes. */
function isUrl(path: unknown): path is URL {
  return typeof path === 'object' && path !== null && 'href' in path && 'protocol' in path
}
