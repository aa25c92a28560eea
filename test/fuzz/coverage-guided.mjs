// A fuzzer for JavaScript, guided by what the engine itself counts (its precise coverage): an input that reaches
// code as none did before is kept and changed further. docs/decisions.md says why it is our own.
//
//   node test/fuzz/coverage-guided.mjs <module with fuzz(data)> <corpus> <folder for what fails> <seconds> <seed>
//
// Ends with 1 and keeps the input when fuzz() throws, takes more than TIME_LIMIT_MS, or more than its memory.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { mutate, randomNumbers } from './mutations.mjs'

const MAX_LENGTH = 4096
/** Asking the engine takes longer than a run: it is asked once for so many, and again for each when there is news. */
const BATCH = 32
const TIME_LIMIT_MS = 5000
const HEAP_MIB = 256
const RESIDENT_MIB = 1024

/** What the two threads share: how many inputs were run, how many are kept, the length of this one, and its bytes. */
const HEAD = 3

function nameOf(bytes) {
  return createHash('sha1').update(bytes).digest('hex').slice(0, 16)
}

/** The main thread only watches: it can still act when the other one is stuck. */
function watch([module, corpus, artifacts, seconds, seed]) {
  const shared = new SharedArrayBuffer(HEAD * 4 + MAX_LENGTH)
  const head = new Int32Array(shared, 0, HEAD)
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { module, corpus, seconds: Number(seconds), seed: Number(seed), shared },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  })
  const fail = (what) => {
    const input = Buffer.from(new Uint8Array(shared, HEAD * 4, head[2]))
    const path = join(artifacts, `crash-${nameOf(input)}`)
    writeFileSync(path, input)
    console.log(`${what}\nThe input is in ${path}`)
    process.exit(1)
  }
  let last = -1
  let since = Date.now()
  setInterval(() => {
    if (head[0] !== last) [last, since] = [head[0], Date.now()]
    if (last > 0 && Date.now() - since > TIME_LIMIT_MS) fail(`It has not come to an end for ${TIME_LIMIT_MS} ms.`)
    const resident = process.memoryUsage.rss() / 2 ** 20
    if (resident > RESIDENT_MIB) fail(`It takes ${Math.round(resident)} MiB.`)
  }, 200).unref()
  worker.on('error', (error) => fail(error.stack ?? String(error)))
  worker.on('exit', () => console.log(`${head[0]} runs, ${head[1]} inputs kept (seed ${seed})`))
}

/** What running something has covered. */
class Coverage {
  #session = new Session()
  #url
  #known = new Set()

  constructor(url) {
    this.#url = url
    this.#session.connect()
    this.#post('Profiler.enable')
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** What was covered since the last call and never before. */
  takeNews() {
    const { result } = this.#post('Profiler.takePreciseCoverage')
    const functions = result.find(({ url }) => url === this.#url)?.functions ?? []
    const ranges = functions.flatMap((found) => found.ranges)
    const keys = ranges.map(({ startOffset, endOffset, count }) => `${startOffset}-${endOffset}-${count > 0}`)
    return keys.filter((key) => !this.#known.has(key))
  }

  learn(keys) {
    for (const key of keys) this.#known.add(key)
  }

  #post(method, parameters) {
    let answer
    this.#session.post(method, parameters, (error, result) => {
      if (error) throw error
      answer = result
    })
    return answer
  }
}

async function fuzz({ module, corpus, seconds, seed, shared }) {
  const head = new Int32Array(shared, 0, HEAD)
  const current = Buffer.from(shared, HEAD * 4)
  const url = pathToFileURL(module).href
  const coverage = new Coverage(url)
  const target = await import(url)
  const kept = []
  const run = (input) => {
    current.set(input)
    head[2] = input.length
    target.fuzz(input)
    Atomics.add(head, 0, 1)
  }
  const keepNews = (inputs) => {
    for (const input of inputs) {
      run(input)
      const news = coverage.takeNews()
      if (news.length === 0) continue
      coverage.learn(news)
      head[1] = kept.push(input)
    }
  }
  keepNews(readdirSync(corpus).map((name) => readFileSync(join(corpus, name)).subarray(0, MAX_LENGTH)))
  const below = randomNumbers(seed)
  if (kept.length === 0) kept.push(Buffer.alloc(1))
  const any = () => kept[below(2) === 0 ? below(kept.length) : kept.length - 1 - below(Math.min(16, kept.length))]
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const inputs = Array.from({ length: BATCH }, () => mutate(any(), below, any(), MAX_LENGTH))
    inputs.forEach(run)
    const news = coverage.takeNews()
    if (news.length > 0) keepNews(inputs)
    // Together they may reach what none does alone: that is no news the next time.
    coverage.learn(news)
  }
}

if (isMainThread) watch(process.argv.slice(2))
else await fuzz(workerData)
