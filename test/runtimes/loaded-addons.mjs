import { createHash } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'

/** Which addon this process has in its memory, as the system sees it: path, and hash of the file. */
export function loadedAddons() {
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n')
  const mapped = maps.map((line) => line.slice(line.indexOf('/'))).filter((path) => path.endsWith('.node'))
  const paths = [...new Set(mapped.map((path) => realpathSync(path)))]
  return paths.map((path) => ({ path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') }))
}
