// What failed in a report of vitest in JSON.
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** A line for each test that failed, and for each file that could not be loaded. */
export function failuresOf({ testResults }, root = '.') {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    const file = relative(root, name)
    // A file that could not be loaded has no tests.
    if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : []
    return failed.map(({ fullName, failureMessages }) => `${file} > ${fullName}: ${firstLine(failureMessages[0])}`)
  })
}

function firstLine(text = '') {
  return stripVTControlCharacters(text).split('\n', 1)[0]
}
