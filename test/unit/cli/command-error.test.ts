import { describe, expect, it } from 'vitest'
import { CommandError, describeFailure, reasonOf } from '../../../lib/cli/command-error.js'

const systemError = (code: string) => Object.assign(new Error(code), { code, syscall: 'read' })

describe('what goes wrong with a file', () => {
  it('is said in words, and by its code where there are none for it', () => {
    expect(reasonOf(systemError('ENOSPC'))).toBe('the disk is full')
    expect(reasonOf(systemError('EIO'))).toBe('EIO in read')
  })

  it.each([
    ['has no code', new TypeError('x is not a function')],
    ['comes from no call of the system', Object.assign(new Error(), { code: 'ERR_INVALID_ARG_TYPE' })],
  ])('is no reason, but a defect, when it %s', (_, error) => {
    expect(() => reasonOf(error)).toThrow(error)
  })
})

describe('a failure', () => {
  it('that was foreseen is one line', () => {
    expect(describeFailure(new CommandError('cannot read\n  a file'))).toBe('holdfast: cannot read a file')
  })

  it('that was not asks for a report, with everything that is known', () => {
    const text = describeFailure(new TypeError('x is not a function'))
    expect(text).toContain('Please report it')
    expect(text).toMatch(/TypeError: x is not a function\n {4}at /)
  })
})
