import { describe, test } from 'vitest'
import { runCell } from './cell.js'
import { cellsOf, checkEnd, checkLines, ENDINGS_OF_MAIN_THREAD } from './expectations.js'

// Every way in which a process may end × what may be open then.

describe.concurrent('a process releases newest first, once, and leaves nothing', () => {
  test.each(cellsOf(ENDINGS_OF_MAIN_THREAD))('at the end by %s: %s', async (ending, name, lifetime, expected) => {
    const result = await runCell('main', name, ending)
    checkEnd(result, lifetime, expected)
    checkLines(result.stdout, lifetime, expected)
  })
})
