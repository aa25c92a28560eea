// Makes every call of the heap, of the system and of the engine that native/ does fail in turn: the n-th,
// n = 1, 2, … until a run passes untouched. First in C++ (test/native/fault_scenarios_test.cc), then through
// the addon, for each operation of the library (test/faults/scenarios.mjs).
//
//   node scripts/test-faults.mjs [--addon-only] [--prebuilt] [part of the name of a scenario]
//
// --prebuilt takes the addon that is in place, which has to be built for this, instead of building one.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { copyNativeSources } from './native-sources.mjs'

const { values, positionals } = parseArgs({
  options: { 'addon-only': { type: 'boolean', default: false }, prebuilt: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const wanted = positionals[0] ?? ''
/** Counting what is executed makes threads start slowly, as sanitizers do. */
const isSlow = process.env['HOLDFAST_SANITIZED'] === '1' || process.env['HOLDFAST_COVERAGE'] !== undefined
const TIME_LIMIT_MS = isSlow ? 600_000 : 120_000
/** Far from native/build/, which belongs to the ordinary addon. */
const addon = resolve('node_modules', '.cache', 'holdfast-faults')

if (process.platform !== 'linux') {
  console.log('test-faults: the linker of this system cannot replace what is called. Run it on Linux.')
  process.exit(0)
}

function buildAddon() {
  const native = join(addon, 'native')
  const faults = join('test', 'native', 'faults')
  mkdirSync(native, { recursive: true })
  copyNativeSources(native)
  rmSync(join(addon, faults), { recursive: true, force: true })
  cpSync(faults, join(addon, faults), { recursive: true, preserveTimestamps: true })
  // By force, since what lies outside of native/ may be newer than the addon, too; make knows.
  const args = [join('scripts', 'build-native.mjs'), '--force', '--directory', native]
  const env = { ...process.env, GYP_DEFINES: 'faults=1' }
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env })
  if (status !== 0) process.exit(status ?? 1)
}

function run(args, env) {
  return new Promise((done) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, HOLDFAST_TRACKING: 'off', ...env },
      timeout: TIME_LIMIT_MS,
      killSignal: 'SIGKILL',
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part))
    child.on('close', (code, signal) => done({ code, signal, text }))
  })
}

function resultOf({ code, signal, text }) {
  try {
    return JSON.parse(text.trimEnd().split('\n').at(-1))
  } catch {
    return { points: 0, problems: [`it ended with ${signal ?? code}:\n${text}`] }
  }
}

async function visit(name, env) {
  const started = Date.now()
  const { points, problems } = resultOf(await run([join('test', 'faults', 'visit.mjs'), name], env))
  if (points === 0 && problems.length === 0) problems.push('it has no point that can fail')
  const time = `${((Date.now() - started) / 1000).toFixed(1)} s`
  console.log(`${name}: ${points} points visited (${time})${problems.length > 0 ? ' FAILED' : ''}`)
  for (const problem of problems) console.log(problem.replace(/^/gm, '    '))
  return { points, failed: problems.length > 0 }
}

async function visitAll(env) {
  // In a process of its own: here the package would load the ordinary addon.
  const listing = `const { scenarios } = await import('./test/faults/scenarios.mjs'); console.log(JSON.stringify(Object.keys(scenarios)))`
  const listed = await run(['--input-type=module', '--eval', listing], env)
  if (listed.code !== 0) throw new Error(`the scenarios cannot be loaded:\n${listed.text}`)
  const names = JSON.parse(listed.text).filter((name) => name.includes(wanted))
  if (names.length === 0) throw new Error(`no scenario is called ${wanted}`)
  // The longest first.
  const queue = names.sort((a, b) => Number(b.includes('worker')) - Number(a.includes('worker')))
  const total = { scenarios: queue.length, points: 0, failed: 0 }
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const { points, failed } = await visit(name, env)
      total.points += points
      if (failed) total.failed++
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return total
}

if (!values['addon-only']) {
  const args = [join('scripts', 'test-native.mjs'), '--verbose', 'fault_scenarios']
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
if (!values.prebuilt) buildAddon()
const { scenarios, points, failed } = await visitAll(
  values.prebuilt ? {} : { HOLDFAST_ADDON: join(addon, 'native', 'build', 'Release', 'holdfast.node') },
)
console.log(`${scenarios} scenarios, ${points} points visited, ${failed} failed`)
if (failed > 0) process.exitCode = 1
