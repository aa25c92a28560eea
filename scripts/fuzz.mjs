// Fuzzes for a while, guided by coverage, and ends with 1 when something is found. The corpora of test/fuzz are
// where it begins; `npm test` replays them.
//
//   node scripts/fuzz.mjs [--seconds 60] [--seed <number>] [handle-table | recording-reader]
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
  allowPositionals: true,
})
const folder = resolve('node_modules', '.cache', 'holdfast-fuzz')
const targets = { 'handle-table': fuzzHandleTable, 'recording-reader': fuzzRecordingReader }

function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { stdio: 'inherit', ...options })
  if (error?.code === 'ENOENT') {
    console.error(`fuzz: ${command} is missing. On Debian and Ubuntu: apt-get install clang`)
  } else if (error) throw error
  return status ?? signal ?? 'nothing'
}

function corpusOf(name) {
  return join('test', 'fuzz', 'corpus', name)
}

function fuzzHandleTable() {
  const program = join(folder, 'handle-table')
  const core = ['finalization_log', 'handle_table', 'ledger'].map((name) => join('native', 'core', `${name}.cc`))
  const sources = [join('test', 'fuzz', 'handle_table.cc'), join('test', 'native', 'handle_table_model.cc'), ...core]
  const flags = ['-std=c++20', '-O1', '-g', '-fno-exceptions', '-Inative', '-Itest/native', '-D_GLIBCXX_ASSERTIONS']
  const sanitizers = ['-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all']
  const built = run('clang++', [...flags, ...sanitizers, ...sources, '-o', program])
  if (built !== 0) return built
  // What it finds on the way goes into a copy.
  const working = join(folder, 'handle-table-corpus')
  cpSync(corpusOf('handle-table'), working, { recursive: true })
  const limits = [`-max_total_time=${values.seconds}`, '-max_len=4096', '-timeout=10', '-rss_limit_mb=1024']
  const quiet = ['-verbosity=0', '-print_final_stats=1', `-seed=${values.seed}`, `-artifact_prefix=${folder}/`]
  return run(program, [...limits, ...quiet, working])
}

function fuzzRecordingReader() {
  const bundle = join(folder, 'recording-reader.mjs')
  const source = join('test', 'fuzz', 'recording-reader.ts')
  const flags = ['--bundle', '--platform=node', '--format=esm', '--log-level=warning', `--outfile=${bundle}`]
  const built = run(join('node_modules', '.bin', 'esbuild'), [source, ...flags])
  if (built !== 0) return built
  const fuzzer = join('test', 'fuzz', 'coverage-guided.mjs')
  return run(process.execPath, [fuzzer, bundle, corpusOf('recording-reader'), folder, values.seconds, values.seed])
}

const names = positionals.length > 0 ? positionals : Object.keys(targets)
const unknown = names.find((name) => !(name in targets))
if (unknown !== undefined || !(Number(values.seconds) > 0)) {
  console.error(`fuzz: targets are ${Object.keys(targets).join(', ')}; --seconds is a number above 0`)
  process.exit(2)
}
mkdirSync(folder, { recursive: true })
for (const name of names) {
  console.log(`fuzzing ${name} for ${values.seconds} s, seed ${values.seed} ...`)
  const status = targets[name]()
  console.log(`${name}: ${status === 0 ? 'nothing found' : `FAILED (${status}), see ${folder}`}`)
  if (status !== 0) process.exitCode = 1
}
