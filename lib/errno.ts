import { constants } from 'node:os'
import { getSystemErrorMap } from 'node:util'

/** What the runtime knows of the errors of its system. */
export interface ErrorTable {
  /** By the numbers that `node:fs` has, which on Windows are its own: the name, and what it means. */
  readonly descriptions: ReadonlyMap<number, readonly [name: string, text: string]>
  /** The numbers of C by the names. */
  readonly numbersOfC: Readonly<Record<string, number>>
}

/** An error as `node:fs` tells it. */
export interface ErrorDescription {
  readonly errno: number
  readonly code: string
  readonly text: string
}

const OF_THIS_SYSTEM: ErrorTable = { descriptions: getSystemErrorMap(), numbersOfC: constants.errno }

/** What `node:fs` says of that number of C. */
export function describeErrno(errno: number, table = OF_THIS_SYSTEM): ErrorDescription {
  const [code, text] = table.descriptions.get(-errno) ?? []
  if (code !== undefined && text !== undefined) return { errno: -errno, code, text }
  for (const [number, [name, description]] of table.descriptions) {
    if (table.numbersOfC[name] === errno) return { errno: number, code: name, text: description }
  }
  return { errno: -errno, code: `E${errno}`, text: 'unknown error' }
}
