// What a block of events consists of: when it begins, and rows. A row begins with a number whose lower three
// bits say what it is; the rest is its first value. Times and ids are differences from the row before.

/** The lower three bits of a row. In brackets its values, the first one with the bits. */
export const Row = {
  /** [length], and that many bytes of UTF-8. Gets the next number of its thread. */
  string: 0,
  /** [function name, a string], file, a string, line, column. Gets the next number of its thread. */
  frame: 1,
  /** [kind, a string], number of frames, each of them, innermost first. Gets the next number of its thread. */
  site: 2,
  /** [site], time, id, bytes. */
  open: 3,
  /** [reason], time, id, bytes. */
  close: 4,
  /** [0 minor, 1 major], time, how long it took. */
  collection: 5,
  /** [KiB resident], time. */
  memory: 6,
  /** [thread], time. What it left open is released. */
  threadEnd: 7,
} as const

export const ROW_BITS = 3

/** Times are counted in hundredths of a millisecond. */
export const TICKS_PER_MILLISECOND = 100

/** By number. */
export const REASONS = ['disposed', 'finalized', 'transferred'] as const

/** The library's ids have two halves, a slot and how often it was used, which change independently. */
export const ID_HALF = 2 ** 32
