// Runs the tests under the sanitizers of GCC: the C++ tests under all of them, then all that loads the addon
// with one built with AddressSanitizer and UndefinedBehaviorSanitizer.
//
//   node scripts/test-sanitizers.mjs [--keep] [--addon-only] [test file ...]
//
// The addon is built in a copy of the checkout, so that the developer's own build stays as it is.
// --keep leaves the copy behind. Test files are those of the suite, by part of their name.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { parseArgs } from 'node:util'
import { copyCheckout } from './checkout-copy.mjs'
import { failuresOf } from './vitest-report.mjs'

const { values: options, positionals: testFiles } = parseArgs({
  options: { keep: { type: 'boolean', default: false }, 'addon-only': { type: 'boolean', default: false } },
  allowPositionals: true,
})
const MEMORY = 'address,undefined'
const THREADS = 'thread'
// The shared libasan and libubsan take each other for themselves when they are told where to report to,
// and what libubsan finds goes to the standard error of some child process. With a copy of libubsan of
// its own, hidden from all others, the addon reports where it was told.
const REPORTS_TO_FILES = ['-static-libubsan', '-Wl,--exclude-libs,ALL']
/** What never loads the addon: pages in a browser, the types, and the tools of the checkout. */
const WITHOUT_ADDON = 'test/{bench,ci,coverage,report,types}/**'
// Generous: everything is two to five times slower, and more with several threads.
const TEST_TIMEOUT_MS = 180_000
/** Below the title of a step, in the summary. */
const INDENTED = `\n${' '.repeat(19)}`

const compiler = (process.env['CXX'] ?? 'g++').split(' ')
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-checked-')))
const outcomes = []

/** One line before, since each takes more than two seconds, and one in the summary. */
function step(title, work) {
  const started = Date.now()
  console.log(`\n=== ${title} ...`)
  const problem = work()
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  outcomes.push({ title, problem, seconds })
  return problem === undefined
}

function run(command, args, { cwd, env, silent = false } = {}) {
  const stdio = silent ? 'pipe' : ['ignore', 'inherit', 'inherit']
  const result = spawnSync(command, args, { cwd, env: { ...process.env, ...env }, stdio, encoding: 'utf8' })
  if (result.error) throw result.error
  return { status: result.status ?? result.signal, text: `${result.stdout ?? ''}${result.stderr ?? ''}` }
}

function failure(what, status) {
  return status === 0 ? undefined : `${what} ended with ${status}`
}

function takeReports(folder) {
  const reports = readdirSync(folder).filter((name) => name.startsWith('report'))
  const texts = reports.map((name) => readFileSync(join(folder, name), 'utf8'))
  for (const name of reports) rmSync(join(folder, name))
  return texts
}

// Silence proves something only if a fault would have been heard: test/native/sanitizer_gate.cc.
const FAULTS = {
  program: {
    [MEMORY]: { 'use-after-free': /heap-use-after-free/, leak: /detected memory leaks/, undefined: /runtime error/ },
    [THREADS]: { race: /data race/ },
  },
  addon: { 'use-after-free': /heap-use-after-free/, undefined: /runtime error/ },
}

function buildGate(sanitize, output, extra = []) {
  const flags = ['-std=c++20', '-g', '-pthread', '-fno-exceptions', `-fsanitize=${sanitize}`, ...extra]
  const source = join('test', 'native', 'sanitizer_gate.cc')
  const { status, text } = run(compiler[0], [...compiler.slice(1), ...flags, source, '-o', output], { silent: true })
  return status === 0 ? undefined : `${compiler[0]} cannot build with -fsanitize=${sanitize}\n${text}`
}

/** Commits each fault, and none, and compares what is heard of it. */
function checkReports(faults, commit) {
  for (const [fault, report] of Object.entries({ none: /^$/, ...faults })) {
    const heard = commit({ HOLDFAST_TEST_FAULT: fault })
    if (!report.test(heard)) return `of the fault "${fault}" was heard: "${heard}"`
  }
  return undefined
}

function checkPrograms() {
  for (const [sanitize, faults] of Object.entries(FAULTS.program)) {
    const program = join(scratch, 'gate')
    const heard = (fault) => run(program, [], { silent: true, env: fault }).text
    const problem = buildGate(sanitize, program) ?? checkReports(faults, heard)
    if (problem !== undefined) return problem
  }
  return undefined
}

// It is no addon, so the runtime complains, but by then it has loaded it.
function checkAddons(env) {
  const library = join(scratch, 'gate.node')
  const load = `try { process.dlopen({ exports: {} }, ${JSON.stringify(library)}) } catch {}`
  const heard = (fault) => {
    run(process.execPath, ['--eval', load], { silent: true, env: { ...env, ...fault } })
    return takeReports(scratch).join('')
  }
  return buildGate(MEMORY, library, ['-shared', '-fPIC', ...REPORTS_TO_FILES]) ?? checkReports(FAULTS.addon, heard)
}

function testNative(sanitize) {
  const script = join('scripts', 'test-native.mjs')
  return failure('the C++ tests', run(process.execPath, [script, `--sanitize=${sanitize}`]).status)
}

function buildWithSanitizers(copy) {
  // Through the environment: node-gyp hands its own arguments to make as well as to gyp.
  const env = {
    GYP_DEFINES: 'sanitize=asan',
    // The library's own checks of indexes and ranges, as in the C++ tests.
    CPPFLAGS: '-D_GLIBCXX_ASSERTIONS',
    LDFLAGS: REPORTS_TO_FILES.join(' '),
  }
  const built = run(process.execPath, [join('scripts', 'build-native.mjs'), '--force'], { cwd: copy, env })
  if (built.status !== 0) return failure('the build of the addon', built.status)
  for (const project of ['tsconfig.build.json', 'tsconfig.programs.json']) {
    const { status } = run(join('node_modules', '.bin', 'tsc'), ['-p', project], { cwd: copy })
    if (status !== 0) return failure('tsc', status)
  }
  for (const script of ['bundle-vendor.mjs', 'bundle-report.mjs']) {
    const { status } = run(process.execPath, [join('scripts', script)], { cwd: copy })
    if (status !== 0) return failure(script, status)
  }
  const examples = run('npm', ['run', '--silent', 'build:examples'], { cwd: copy })
  return examples.status === 0 ? undefined : failure('the build of the examples', examples.status)
}

/** The runtime is not built with sanitizers, so theirs has to be there before its first allocation. */
function preloadedLibrary() {
  const path = run(compiler[0], ['-print-file-name=libasan.so'], { silent: true }).text.trim()
  return isAbsolute(path) ? path : undefined
}

function environmentOfSuite(library) {
  // Files, since nobody reads the output of all the processes that tests start.
  const log = `log_path=${join(scratch, 'report')}`
  return {
    // No leaks: what the runtime itself never frees cannot be told from what we do not, and the C++ tests
    // look for ours. Requests that are too large have to come back refused, as the tests expect.
    ASAN_OPTIONS: `detect_leaks=0:allocator_may_return_null=1:${log}`,
    UBSAN_OPTIONS: `halt_on_error=1:print_stacktrace=1:${log}`,
    LD_PRELOAD: library,
    // Tests with bounds on time or memory skip themselves.
    HOLDFAST_SANITIZED: '1',
  }
}

// A copy that fell back to an ordinary addon would pass every test.
function checkThatAddonIsSanitized(copy, env) {
  const script = `process.exit(typeof require('./native/build/Release/holdfast.node').armFaults === 'function' ? 0 : 1)`
  const { status, text } = run(process.execPath, ['--eval', script], { cwd: copy, env, silent: true })
  return status === 0 ? undefined : `the addon of the copy does not run under AddressSanitizer (${status})\n${text}`
}

function testSuite(copy) {
  const library = preloadedLibrary()
  if (library === undefined) return `${compiler[0]} has no libasan.so. Use GCC, with its sanitizer libraries`
  const env = environmentOfSuite(library)
  const problem = checkAddons(env) ?? checkThatAddonIsSanitized(copy, env)
  if (problem !== undefined) return problem

  const vitest = join('node_modules', 'vitest', 'vitest.mjs')
  const limits = [`--testTimeout=${TEST_TIMEOUT_MS}`, `--hookTimeout=${TEST_TIMEOUT_MS}`]
  // Vitest leaves one processor idle. Bounds on time and memory are skipped here, so tests may be in each other's way.
  const workers = `--maxWorkers=${availableParallelism()}`
  const files = testFiles.length > 0 ? testFiles : ['--exclude', WITHOUT_ADDON]
  const results = join(scratch, 'tests.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
  const args = [vitest, 'run', workers, ...limits, ...reporters, ...files]
  const { status } = run(process.execPath, args, { cwd: copy, env })
  const reports = takeReports(scratch)
  for (const report of reports) console.log(report)
  if (reports.length > 0) return `${reports.length} sanitizer reports, printed above`
  return status === 0 ? undefined : [`vitest ended with ${status}`, ...failedTests(results, copy)].join(INDENTED)
}

function failedTests(results, copy) {
  return existsSync(results) ? failuresOf(JSON.parse(readFileSync(results, 'utf8')), copy) : []
}

function testFaults(copy) {
  const env = environmentOfSuite(preloadedLibrary())
  const script = join('scripts', 'test-faults.mjs')
  const { status } = run(process.execPath, [script, '--addon-only', '--prebuilt'], { cwd: copy, env })
  const reports = takeReports(scratch)
  for (const report of reports) console.log(report)
  return reports.length > 0 ? `${reports.length} sanitizer reports, printed above` : failure('the faults', status)
}

function testAddon() {
  const copy = join(scratch, 'checkout')
  const ready =
    step('copying the checkout', () => copyCheckout(copy)) &&
    step('building the addon with AddressSanitizer and UndefinedBehaviorSanitizer', () => buildWithSanitizers(copy))
  if (!ready) return
  step('the test suite with that addon', () => testSuite(copy))
  if (testFiles.length === 0) step('every call of that addon failing in turn', () => testFaults(copy))
}

try {
  if (!options['addon-only']) {
    step('the sanitizers find the faults of test/native/sanitizer_gate.cc', checkPrograms)
    step('C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer', () => testNative(MEMORY))
    step('C++ tests under ThreadSanitizer', () => testNative(THREADS))
  }
  if (process.platform === 'linux') testAddon()
  else console.log('\n=== the addon is tested under sanitizers on Linux only: elsewhere they cannot be preloaded')
} finally {
  if (options.keep) console.log(`\nkept: ${scratch}`)
  else rmSync(scratch, { recursive: true, force: true })
}

console.log('\nSanitizers:')
for (const { title, problem, seconds } of outcomes) {
  console.log(`  ${problem === undefined ? 'ok    ' : 'FAILED'} ${`${seconds} s`.padStart(8)}  ${title}`)
  if (problem !== undefined) console.log(`${INDENTED.slice(1)}${problem}`)
}
if (outcomes.some(({ problem }) => problem !== undefined)) process.exitCode = 1
