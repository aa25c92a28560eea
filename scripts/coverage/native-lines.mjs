// Which lines of native/ the C++ tests execute, by gcov.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

/**
 * Builds and runs the C++ tests in a folder. Returns what judge.mjs takes: for each file how many lines there are,
 * and the runs of lines that were not executed.
 */
export function measureNativeLines(folder) {
  const { status } = spawnSync(process.execPath, [join('scripts', 'test-native.mjs'), `--coverage=${folder}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) throw new Error(`The C++ tests ended with ${status}: what they cover would be less than they can.`)
  const counts = new Map()
  // Headers are in the accounts of all who include them, templates once for each instance: a line counts once.
  for (const { file, lines } of accounts(folder)) {
    const path = relative(process.cwd(), resolve(file))
    if (!path.startsWith('native/')) continue
    const known = counts.get(path) ?? new Map()
    for (const { line_number: line, count } of lines) known.set(line, Math.max(known.get(line) ?? 0, count))
    counts.set(path, known)
  }
  return [...counts].map(([path, lines]) => describe(path, lines)).sort((a, b) => (a.path < b.path ? -1 : 1))
}

function accounts(folder) {
  const data = readdirSync(folder).filter((name) => name.endsWith('.gcda'))
  const options = { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 }
  const { status, stdout, stderr } = spawnSync('gcov', ['--json-format', '--stdout', ...data], options)
  if (status !== 0) throw new Error(`gcov ended with ${status}. It comes with g++.\n${stderr}`)
  return stdout
    .split('\n')
    .filter((text) => text.startsWith('{'))
    .flatMap((text) => JSON.parse(text).files)
}

function describe(path, lines) {
  const source = readFileSync(path, 'utf8').split('\n')
  const missed = [...lines].filter(([, count]) => count === 0).map(([line]) => line)
  return { path, total: lines.size, covered: lines.size - missed.length, uncovered: runsOf(missed, lines, source) }
}

/** Lines with nothing executed between them are one place, named by the first. */
function runsOf(missed, lines, source) {
  const places = []
  let place
  for (const line of [...lines.keys()].sort((a, b) => a - b)) {
    if (!missed.includes(line)) place = undefined
    else if (place !== undefined) place.last = line
    else {
      place = { line, code: source[line - 1].trim(), last: line }
      places.push(place)
    }
  }
  return places
}
