// Runs the steps of a file one after the other, and says at the end what ran and how long each took.
//
//   node scripts/ci.mjs [.ci/steps.json]
//
// A step is { title, command, minutes, needs?, tests? }: `command` goes to the shell and is ended, with all that
// it started, after `minutes`; `needs` names a step without which it is not worth starting; `tests` is where
// the command writes vitest's report in JSON, in which every test file of the checkout has to be.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { failuresOf } from './vitest-report.mjs'

// Of the output of a step that failed, repeated in the summary, which is all that is left where logs are cut.
const KEPT_LINES = 20
const KEPT_CHARACTERS = 8_000

function readSteps(path) {
  const steps = JSON.parse(readFileSync(path, 'utf8'))
  if (steps.length === 0) throw new Error(`${path} has no steps.`)
  for (const [index, { title, needs }] of steps.entries()) {
    const isKnown = needs === undefined || steps.slice(0, index).some((earlier) => earlier.title === needs)
    if (!isKnown) throw new Error(`"${title}" needs "${needs}", and no step before it has that title.`)
  }
  return steps
}

/** Passes on what a step prints, and returns its last lines when that is over. */
async function passOn(child) {
  let kept = ''
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    from.setEncoding('utf8').on('data', (text) => {
      to.write(text)
      kept = (kept + text).slice(-KEPT_CHARACTERS)
    })
  }
  const closed = once(child, 'close')
  await once(child, 'exit')
  // What a step has left running may hold its output open for ever.
  await Promise.race([closed, delay(1_000)])
  child.stdout.destroy()
  child.stderr.destroy()
  return stripVTControlCharacters(kept).trimEnd().split('\n').slice(-KEPT_LINES)
}

/** What went wrong, or undefined, and the last lines that were printed. */
async function runCommand({ command, minutes }) {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    process.kill(-child.pid, 'SIGKILL')
  }, minutes * 60_000)
  const lastLines = await passOn(child)
  clearTimeout(timer)
  if (isLate) return { failure: `was not done after ${minutes} minutes`, lastLines }
  const { exitCode, signalCode } = child
  return { failure: exitCode === 0 ? undefined : `ended with ${exitCode ?? signalCode}`, lastLines }
}

function testFiles() {
  return readdirSync('test', { recursive: true })
    .filter((name) => name.endsWith('.test.ts') && !name.split(sep).includes('node_modules'))
    .map((name) => join('test', name))
}

/** The test files of a report by their folder below test/. */
function groupsOf(report) {
  const groups = new Map()
  for (const { name, startTime, endTime, assertionResults } of report.testResults) {
    const folder = relative('.', name).split(sep)[1]
    const group = groups.get(folder) ?? { files: 0, passed: 0, failed: 0, skipped: 0, milliseconds: 0 }
    group.files++
    group.passed += assertionResults.filter(({ status }) => status === 'passed').length
    group.failed += assertionResults.filter(({ status }) => status === 'failed').length
    group.skipped += assertionResults.filter(({ status }) => status === 'pending' || status === 'skipped').length
    group.milliseconds += endTime - startTime
    groups.set(folder, group)
  }
  return groups
}

/** A test that never ran fails nothing: so what ran is held against what is there. */
function checkTests(path) {
  if (!existsSync(path)) return { problem: `left no report in ${path}` }
  const report = JSON.parse(readFileSync(path, 'utf8'))
  const ran = new Set(report.testResults.map(({ name }) => relative('.', name)))
  const missing = testFiles().filter((file) => !ran.has(file))
  const problem = ran.size === 0 ? 'ran no test file' : `did not run ${missing.join(', ')}`
  return {
    groups: groupsOf(report),
    failures: failuresOf(report),
    problem: ran.size > 0 && missing.length === 0 ? undefined : problem,
  }
}

async function runStep(step) {
  const started = Date.now()
  console.log(`\n== ${step.title}: ${step.command}`)
  if (step.tests !== undefined) {
    rmSync(step.tests, { force: true })
    mkdirSync(dirname(step.tests), { recursive: true })
  }
  const { failure, lastLines } = await runCommand(step)
  const { problem, groups = [], failures = [] } = step.tests === undefined ? {} : checkTests(step.tests)
  const details = failure === undefined || failures.length > 0 ? failures : lastLines
  return { ...step, problem: failure ?? problem, details, groups, milliseconds: Date.now() - started }
}

async function runSteps(steps) {
  const outcomes = []
  for (const step of steps) {
    const needed = outcomes.find(({ title }) => title === step.needs)
    if (needed?.problem === undefined) outcomes.push(await runStep(step))
    else outcomes.push({ ...step, problem: `did not run, since "${step.needs}" failed`, milliseconds: 0 })
  }
  return outcomes
}

function duration(milliseconds) {
  const seconds = Math.round(milliseconds / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`.padStart(6)
}

function phraseCounts({ files, passed, failed, skipped }) {
  const others = [
    [failed, 'failed'],
    [skipped, 'skipped'],
  ].filter(([count]) => count > 0)
  return [`${files} files`, `${passed} passed`, ...others.map((count) => count.join(' '))].join(', ')
}

function printSummary(outcomes) {
  console.log('\n== What ran, in minutes and seconds')
  for (const { title, problem, details = [], groups = [], milliseconds } of outcomes) {
    console.log(`${duration(milliseconds)}  ${problem === undefined ? 'ok    ' : 'FAILED'}  ${title}`)
    if (problem !== undefined) console.log(`                 ${problem}`)
    for (const line of details) console.log(`                 | ${line}`)
    // Files run side by side, so these do not add up to the time of the step.
    for (const [folder, { milliseconds, ...counts }] of groups) {
      console.log(`                 ${duration(milliseconds)}  test/${folder}: ${phraseCounts(counts)}`)
    }
  }
  console.log(`${duration(outcomes.reduce((sum, { milliseconds }) => sum + milliseconds, 0))}  in all`)
}

const outcomes = await runSteps(readSteps(process.argv[2] ?? '.ci/steps.json'))
printSummary(outcomes)
if (outcomes.some(({ problem }) => problem !== undefined)) process.exitCode = 1
