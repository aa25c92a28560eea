import { describe, expect, it } from 'vitest'
import { SystemError } from '../../lib/index.js'
import { systemError } from '../../lib/system-error.js'

describe('a failure of the system', () => {
  it('is an error with the number, the name, the call and the path', () => {
    const error = systemError({ errno: 2, syscall: 'open' }, '/nowhere')
    expect(error).toBeInstanceOf(SystemError)
    expect(error).toMatchObject({ code: 'ENOENT', errno: -2, syscall: 'open', path: '/nowhere' })
  })
})
