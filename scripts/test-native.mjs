// Builds and runs the C++ unit tests of test/native. They need a C++ compiler and no Node headers.
//
//   node scripts/test-native.mjs [--sanitize=address,undefined | --sanitize=thread] [--verbose] [part of a file name]
//   node scripts/test-native.mjs --coverage=<folder>
//
// Each *_test.cc becomes a program, each *_library.cc a shared library beside them. With --coverage they
// leave in the folder what gcov reads.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: {
    sanitize: { type: 'string', default: '' },
    coverage: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const sanitize = values.sanitize
const wanted = positionals[0] ?? ''
const TIME_LIMIT_MS = 120_000

const [compiler, ...compilerArguments] = (process.env['CXX'] ?? findCompiler()).split(' ')
const flags = [
  ...compilerArguments,
  ...['-std=c++20', '-Wall', '-Wextra', '-Werror', '-fno-exceptions', '-fPIC', '-pthread', '-Inative'],
  // The library's own checks of indexes and ranges.
  '-D_GLIBCXX_ASSERTIONS',
  ...(sanitize
    ? [`-fsanitize=${sanitize}`, '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g', '-O1']
    : ['-O1']),
  // Without optimization, which merges lines. The programs count in several threads and processes.
  ...(values.coverage === undefined ? [] : ['--coverage', '-fprofile-update=atomic', '-O0']),
]
// Not below native/build/, which node-gyp empties. Named after what the objects depend on besides their sources.
const identity = createHash('sha256')
  .update(JSON.stringify([process.cwd(), compiler, flags]))
  .digest('hex')
const output = resolve(
  values.coverage ?? join('node_modules', '.cache', 'holdfast-native-tests', identity.slice(0, 12)),
)
mkdirSync(output, { recursive: true })
// Counts of an earlier run would be added to.
for (const name of readdirSync(output)) if (name.endsWith('.gcda')) rmSync(join(output, name))

function findCompiler() {
  const found = ['g++', 'c++', 'clang++'].find((name) => spawnSync(name, ['--version']).status === 0)
  if (found) return found
  console.error('test-native: no C++ compiler. Install g++ or clang++, or name one in CXX.')
  process.exit(1)
}

function run(command, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part))
    child.on('error', (error) => done({ status: null, text: `${error.message}\n` }))
    child.on('close', (status, signal) => done({ status, signal, text }))
  })
}

async function inParallel(items, work) {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
}

function isFresh(target, sources) {
  if (!existsSync(target) || sources.length === 0) return false
  const built = statSync(target).mtimeMs
  return sources.every((source) => existsSync(source) && statSync(source).mtimeMs <= built)
}

// Under another name first: somebody else may run these tests in the same checkout.
async function build(target, args) {
  const draft = `${target}.${process.pid}`
  const { status, text } = await run(compiler, [...flags, ...args, '-o', draft])
  if (status !== 0) {
    process.stderr.write(text)
    console.error(`test-native: ${basename(target)} could not be built`)
    process.exit(1)
  }
  renameSync(draft, target)
}

const objectOf = (source) => join(output, `${basename(source, '.cc')}.o`)

// The sources of an object by the compiler's own account of it, in the syntax of make.
function recordedSources(dependencies) {
  if (!existsSync(dependencies)) return []
  return readFileSync(dependencies, 'utf8')
    .replaceAll('\\\n', ' ')
    .split(/\s+/)
    .slice(1)
    .filter((name) => name !== '')
}

async function compile(source) {
  const object = objectOf(source)
  const dependencies = `${object}.d`
  if (isFresh(object, recordedSources(dependencies))) return
  await build(object, ['-MMD', '-MF', dependencies, '-c', source])
}

async function link(name, objects, kind = []) {
  const target = join(output, name)
  if (!isFresh(target, [...objects, REPLACED])) await build(target, [...kind, ...objects])
}

const tests = sourcesIn('test/native').filter((source) => source.endsWith('_test.cc') && source.includes(wanted))
const libraries = sourcesIn('test/native').filter((source) => source.endsWith('_library.cc'))
const FAULTS = 'test/native/faults'
const isCounted = values.coverage !== undefined
const shared = [
  ...sourcesIn('native/core'),
  ...sourcesIn('native/resources'),
  ...[
    'test/native/harness.cc',
    'test/native/handle_table_model.cc',
    `${FAULTS}/faults.cc`,
    `${FAULTS}/system_faults.cc`,
  ],
  ...(isCounted ? ['test/native/coverage_exit.cc'] : []),
]
// What tests make fail is replaced by the linker.
const REPLACED = `${FAULTS}/system.rsp`
const linkage = [`@${REPLACED}`, ...(isCounted ? ['-Wl,--wrap=_exit'] : [])]

function sourcesIn(folder) {
  const elsewhere = process.platform === 'win32' ? '_posix.cc' : '_win32.cc'
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cc') && !name.endsWith(elsewhere))
    .map((name) => `${folder}/${name}`)
}

async function buildAll() {
  const started = Date.now()
  // It may take some seconds; when all is fresh it takes none, and the line stays away.
  const notice = setTimeout(() => console.error(`building the C++ tests with ${compiler} ...`), 500)
  await inParallel([...tests, ...libraries, ...shared], compile)
  const programs = tests.map((source) => [basename(source, '.cc'), [source, ...shared].map(objectOf), linkage])
  const loadable = libraries.map((source) => [`${basename(source, '.cc')}.so`, [objectOf(source)], ['-shared']])
  await inParallel([...programs, ...loadable], (target) => link(...target))
  clearTimeout(notice)
  return Date.now() - started
}

// GCC's ThreadSanitizer finds no place for its tables where the kernel randomizes addresses more than
// this.
function needsFixedAddresses() {
  const setting = '/proc/sys/vm/mmap_rnd_bits'
  return sanitize === 'thread' && existsSync(setting) && Number(readFileSync(setting, 'utf8')) > 28
}

const environment = {
  ...process.env,
  ASAN_OPTIONS: `detect_leaks=${process.platform === 'linux' ? 1 : 0}`,
  UBSAN_OPTIONS: 'print_stacktrace=1',
}

// A program that crashes, hangs or leaks counts as one more test that failed.
async function runProgram(name) {
  const started = Date.now()
  const program = join(output, name)
  const command = needsFixedAddresses() ? ['setarch', '-R', program] : [program]
  const options = { cwd: output, env: environment, timeout: TIME_LIMIT_MS }
  const { status, signal, text } = await run(command[0], command.slice(1), options)
  const summary = /^(\d+) passed, (\d+) failed$/m.exec(text)
  const passed = summary ? Number(summary[1]) : (text.match(/ ok$/gm)?.length ?? 0)
  const reported = summary ? Number(summary[2]) : 0
  const failed = status === 0 ? 0 : Math.max(reported, 1)
  const ended = signal ? `, ended by ${signal}` : ''
  const verdict = failed ? `${failed} FAILED${ended}` : 'ok'
  console.log(
    `${name.padEnd(26)} ${`${passed} passed`.padStart(10)} ${`${Date.now() - started} ms`.padStart(8)}  ${verdict}`,
  )
  if (values.verbose) console.log(text.replace(/^/gm, '    '))
  else if (failed) console.log(text.replace(/^.* \.\.\. (\(.*\) )?ok\n/gm, '').replace(/^/gm, '    '))
  return { passed, failed }
}

const buildMs = await buildAll()
const total = { passed: 0, failed: 0, started: Date.now() }
await inParallel(
  tests.map((source) => basename(source, '.cc')),
  async (name) => {
    const { passed, failed } = await runProgram(name)
    total.passed += passed
    total.failed += failed
  },
)
const times = `built in ${(buildMs / 1000).toFixed(1)} s, run in ${((Date.now() - total.started) / 1000).toFixed(1)} s`
console.log(`${total.passed} passed, ${total.failed} failed (${sanitize ? `${sanitize} sanitizer, ` : ''}${times})`)
if (total.failed > 0 || total.passed === 0) process.exitCode = 1
