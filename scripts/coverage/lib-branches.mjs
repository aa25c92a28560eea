// Which branches of lib/ the tests take, in all their processes, threads and pages: the suite, and the calls that fail
// in turn, since a good part of lib/ is what it does then.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as esbuild, transform } from 'esbuild'
import { CoverageReport } from 'monocart-coverage-reports'
import { copyCheckout } from '../checkout-copy.mjs'
import { dropOtherTexts } from './other-texts.mjs'

/** Counting makes everything slower. */
const TEST_TIMEOUT_MS = 120_000
/** Which of the arguments stands for the failing calls: they are no test files. */
const FAULTS = 'test/faults'
const COMPILER = { format: 'esm', target: 'es2022', charset: 'utf8' }
const TSC = join('node_modules', '.bin', 'tsc')
/** Bundles of other packages, and declarations. */
const NOT_OURS = /^lib\/vendor\/|\.d\.ts$/

/**
 * Runs the tests in a copy of the checkout.
 *
 * @param testFiles part of the names of test files, `test/faults` for the failing calls; none: all of them
 * @param html where the sources with their counts go, as pages to read
 */
export async function measureLibBranches({ testFiles, html, keep }) {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-coverage-')))
  const copy = join(scratch, 'checkout')
  const counts = join(scratch, 'counts')
  mkdirSync(counts)
  // Tests give up their rights.
  for (const folder of [scratch, counts]) chmodSync(folder, 0o777)
  try {
    await build(copy)
    const failed = runTests(copy, counts, testFiles)
    dropOtherTexts(counts)
    // Not before the tests, since stacks would then speak of lib/, which no user has.
    await compile(copy, 'linked')
    return { files: await describe(copy, counts, html), failed }
  } finally {
    if (keep) console.log(`kept: ${scratch}`)
    else rmSync(scratch, { recursive: true, force: true })
  }
}

function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status ?? signal}.`)
}

async function build(copy) {
  const problem = copyCheckout(copy)
  if (problem !== undefined) throw new Error(problem)
  const inCopy = (command, ...args) => run(command, args, { cwd: copy })
  inCopy(process.execPath, join('scripts', 'build-native.mjs'), '--force')
  // For the declarations, which the programs need.
  inCopy(TSC, '-p', 'tsconfig.build.json')
  inCopy(TSC, '-p', 'tsconfig.programs.json')
  await compile(copy, false)
  inCopy(process.execPath, join('scripts', 'bundle-vendor.mjs'))
  inCopy(process.execPath, join('scripts', 'bundle-report.mjs'), '--source-maps')
  inCopy('npm', 'run', '--silent', 'build:examples')
  inCopy('npm', 'ci', '--silent', '--prefix', join('test', 'runners', 'jest'))
}

/**
 * All of lib/, with the modules of the page, which tests also use without a browser. By esbuild, since the page holds
 * what it makes of them: counts of one source can only be added up where they are of the same code.
 */
async function compile(copy, sourcemap) {
  const sources = sourcesIn(copy).filter((path) => sourcemap === false || !path.startsWith('lib/vendor/'))
  await esbuild({
    entryPoints: sources.map((path) => join(copy, path)),
    outbase: join(copy, 'lib'),
    outdir: join(copy, 'dist'),
    ...COMPILER,
    sourcemap,
  })
}

/** Their paths in the checkout. */
function sourcesIn(copy) {
  return readdirSync(join(copy, 'lib'), { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => `lib/${name}`)
}

/** Whether tests failed. */
function runTests(copy, counts, testFiles) {
  const env = {
    ...process.env,
    HOLDFAST_COVERAGE: counts,
    NODE_OPTIONS: `--require ${join(copy, 'scripts', 'coverage', 'hook.cjs')}`,
  }
  const passes = (...args) =>
    spawnSync(process.execPath, args, { cwd: copy, env, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
  const ofSuite = testFiles.filter((name) => name !== FAULTS)
  const isAll = testFiles.length === 0
  const results = []
  if (isAll || ofSuite.length > 0) results.push(passes(...suite(ofSuite)))
  if (isAll || ofSuite.length < testFiles.length)
    results.push(passes(join('scripts', 'test-faults.mjs'), '--addon-only'))
  return results.includes(false)
}

function suite(testFiles) {
  const config = join('scripts', 'coverage', 'vitest.config.mjs')
  const limits = [`--testTimeout=${TEST_TIMEOUT_MS}`, `--hookTimeout=${TEST_TIMEOUT_MS}`]
  return [join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--config', config, ...limits, ...testFiles]
}

async function describe(copy, counts, html) {
  const report = new CoverageReport({
    name: 'lib/',
    logging: 'error',
    outputDir: html,
    baseDir: copy,
    reports: ['v8'],
    sourceFilter: (path) => path.includes('lib/') && !path.includes('node_modules/'),
    sourcePath: (path) => path.slice(path.lastIndexOf('lib/')),
    // What was executed as another text only, or in processes that cannot be counted.
    all: { dir: join(copy, 'lib'), filter: (path) => path.endsWith('.ts'), transformer: compileUncounted },
  })
  await report.addFromDir(counts)
  const { files } = await report.generate()
  return files.filter(({ sourcePath }) => !NOT_OURS.test(sourcePath)).map(branchesOf)
}

/** In the place of its source, as the report understands no types. */
async function compileUncounted(entry) {
  const options = { ...COMPILER, loader: 'ts', sourcemap: 'external', sourcefile: fileURLToPath(entry.url) }
  const { code, map } = await transform(entry.source, options)
  Object.assign(entry, { source: code, sourceMap: JSON.parse(map) })
}

function branchesOf({ sourcePath: path, source, data }) {
  const isMissed = ({ count }) => count === 0
  const functions = data.functions.filter(isMissed)
  // One place for a function that is never called, whatever branches it has.
  const isInside = (inner) => functions.some((outer) => contains(outer, inner))
  const branches = data.branches.filter((branch) => isMissed(branch) && !isInside(branch))
  const uncovered = [
    ...functions.filter((it) => !functions.some((outer) => outer !== it && contains(outer, it))),
    ...branches,
  ].map((range) => placeAt(source, range))
  const missed = data.branches.filter(isMissed).length
  const total = data.branches.length
  return { path, total, covered: total - missed, uncovered: uncovered.sort((a, b) => a.line - b.line) }
}

const contains = (outer, inner) => outer.start <= inner.start && inner.end <= outer.end

function placeAt(source, { start, none }) {
  const line = source.slice(0, start).split('\n').length
  return { line, code: source.split('\n')[line - 1].trim(), ...(none ? { note: 'always true' } : {}) }
}
