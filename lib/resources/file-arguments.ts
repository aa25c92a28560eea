import { constants } from 'node:fs'
import { checkInteger, invalidType, invalidValue, unknownName } from '../validate.js'

const {
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_SYNC = 0, // Windows has none
  O_TRUNC,
  O_WRONLY,
} = constants

const WRITE = O_TRUNC | O_CREAT
const APPEND = O_APPEND | O_CREAT

/** The words that `node:fs` has for them. */
const FLAGS = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  sr: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  'sr+': O_RDWR | O_SYNC,
  w: WRITE | O_WRONLY,
  wx: WRITE | O_WRONLY | O_EXCL,
  xw: WRITE | O_WRONLY | O_EXCL,
  'w+': WRITE | O_RDWR,
  'wx+': WRITE | O_RDWR | O_EXCL,
  'xw+': WRITE | O_RDWR | O_EXCL,
  a: APPEND | O_WRONLY,
  ax: APPEND | O_WRONLY | O_EXCL,
  xa: APPEND | O_WRONLY | O_EXCL,
  as: APPEND | O_WRONLY | O_SYNC,
  sa: APPEND | O_WRONLY | O_SYNC,
  'a+': APPEND | O_RDWR,
  'ax+': APPEND | O_RDWR | O_EXCL,
  'xa+': APPEND | O_RDWR | O_EXCL,
  'as+': APPEND | O_RDWR | O_SYNC,
  'sa+': APPEND | O_RDWR | O_SYNC,
} as const

/** How a file is opened, in the words of `node:fs`. */
export type FileFlags = keyof typeof FLAGS

const MAX_INT32 = 2 ** 31 - 1
const MAX_UINT32 = 2 ** 32 - 1
const DEFAULT_MODE = 0o666

/** @throws TypeError, RangeError */
export function checkFlags(flags: unknown): number {
  if (flags === undefined || flags === null) return O_RDONLY
  if (typeof flags === 'string') {
    if (Object.hasOwn(FLAGS, flags)) return FLAGS[flags as FileFlags]
    throw unknownName('flags', Object.keys(FLAGS), flags)
  }
  if (typeof flags !== 'number') throw invalidType('flags', 'of type string or number', flags)
  checkInteger('flags', flags, 0, MAX_INT32)
  return flags
}

/** @throws TypeError, RangeError */
export function checkMode(mode: unknown): number {
  if (mode === undefined || mode === null) return DEFAULT_MODE
  if (typeof mode === 'string') {
    if (/^[0-7]+$/.test(mode)) return checkModeNumber(Number.parseInt(mode, 8))
    throw invalidValue('mode', 'a 32-bit unsigned integer or an octal string', mode)
  }
  return checkModeNumber(mode)
}

function checkModeNumber(mode: unknown): number {
  checkInteger('mode', mode, 0, MAX_UINT32)
  return mode
}
