import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Runs of vitest within the suite execute modules as Vite has rewritten them, under the address of the file. Counts of
 * that text say nothing of the file, and would hide what others have counted. The rewritten text is the longer one.
 *
 * @param folder with counts as `Profiler.takePreciseCoverage` gives them, one file for each process
 */
export function dropOtherTexts(folder) {
  const lengths = new Map()
  const lengthOf = (url) => {
    const path = fileURLToPath(url)
    if (!lengths.has(path)) lengths.set(path, existsSync(path) ? readFileSync(path, 'utf8').length : 0)
    return lengths.get(path)
  }
  const isOfFile = ({ url, functions, source }) =>
    // That of a page comes with its text.
    source !== undefined || functions.every(({ ranges: [{ endOffset }] }) => endOffset <= lengthOf(url))
  for (const path of readdirSync(folder).map((name) => join(folder, name))) {
    const { result } = JSON.parse(readFileSync(path, 'utf8'))
    const kept = result.filter(isOfFile)
    if (kept.length < result.length) writeFileSync(path, JSON.stringify({ result: kept }))
  }
}
