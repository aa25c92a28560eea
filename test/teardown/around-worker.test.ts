import { describe, test } from 'vitest'
import { runCell } from './cell.js'
import { cellsOf, checkEnd, checkLines, ENDINGS_AROUND_WORKER } from './expectations.js'

// Every way in which a process may end while one of its workers runs × what that may have open then.

describe.concurrent('a process ends well, and leaves nothing, while a worker has open', () => {
  test.each(cellsOf(ENDINGS_AROUND_WORKER))('at the end by %s: %s', async (ending, name, lifetime, expected) => {
    const result = await runCell('around', name, ending)
    checkEnd(result, lifetime, expected)
    checkLines(result.stdout, lifetime, expected)
  })
})
