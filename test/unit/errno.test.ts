import { describe, expect, it } from 'vitest'
import { describeErrno } from '../../lib/errno.js'

describe('an error of the system', () => {
  it('has the number, the name and the words of node:fs', () => {
    expect(describeErrno(2)).toEqual({ errno: -2, code: 'ENOENT', text: 'no such file or directory' })
  })

  it('that nobody has a name for keeps its number', () => {
    expect(describeErrno(9999)).toMatchObject({ errno: -9999, code: 'E9999' })
  })

  // There the runtime has numbers of its own, and native code those of C.
  it('has them on Windows, too', () => {
    const descriptions = new Map([[-4054, ['ENOSYS', 'function not implemented'] as const]])
    expect(describeErrno(40, { descriptions, numbersOfC: { ENOSYS: 40 } })).toEqual({
      errno: -4054,
      code: 'ENOSYS',
      text: 'function not implemented',
    })
  })
})
