import { expect, test } from 'vitest'
import { runForReport } from '../support/child.js'

test('the checks can be loaded: what they ask of other tests is there', async () => {
  const groups = await runForReport<string[]>(new URL('./run-checks.mjs', import.meta.url))
  expect(groups).toContain('endings')
})
