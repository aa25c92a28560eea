import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

// What can crash, leak or end the process runs in a process of its own. A child imports the package by
// its name, as users do, and so gets dist/.

const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** AddressSanitizer makes everything several times slower. */
const DEFAULT_TIMEOUT = process.env['HOLDFAST_SANITIZED'] === '1' ? 120_000 : 25_000

export interface ChildResult {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface ChildOptions {
  /** Arguments for the runtime, before the script. */
  execArgv?: readonly string[]
  /** Arguments for the script: `process.argv.slice(2)` of a file, `slice(1)` of a text. */
  args?: readonly string[]
  /** Added to the environment; undefined takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>
  /** The working directory. Default: the root of the package */
  cwd?: string
  /** Milliseconds until the child is killed and the promise rejects. */
  timeout?: number
  /** How many descriptors the child may have. */
  descriptors?: number
  /** Written to the child's standard input once its standard output contains `after`. */
  input?: { readonly after: string; readonly text: string }
}

/** Runs the text of a module, or a module file, in a child process. */
export function runChild(script: string | URL, options: ChildOptions = {}): Promise<ChildResult> {
  const { execArgv = [], args = [], cwd = PACKAGE_ROOT, timeout = DEFAULT_TIMEOUT, input } = options
  const what = typeof script === 'string' ? ['--input-type=module', '--eval', script, '--'] : [fileURLToPath(script)]
  const [command, ...commandArgs] = withDescriptors(options.descriptors, [
    process.execPath,
    ...execArgv,
    ...what,
    ...args,
  ])
  const child = spawn(command as string, commandArgs, {
    cwd,
    env: environment(options.env),
    stdio: 'pipe',
  })

  return new Promise((resolve, reject) => {
    const output = { stdout: '', stderr: '' }
    let timedOut = false
    let unanswered = input
    const timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
    }, timeout)
    child.stdin.on('error', () => {}) // the child ended without reading
    if (input === undefined) child.stdin.end()
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text
      if (unanswered === undefined || !output.stdout.includes(unanswered.after)) return
      child.stdin.end(unanswered.text)
      unanswered = undefined
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const result = { code, signal, ...output }
      if (timedOut) reject(new Error(`The child did not end within ${timeout} ms.\n${describeResult(result)}`))
      else resolve(result)
    })
  })
}

function withDescriptors(limit: number | undefined, command: string[]): string[] {
  return limit === undefined ? command : ['sh', '-c', `ulimit -n ${limit}; exec "$0" "$@"`, ...command]
}

/** Runs a child that has to end well and silently, and returns what it passed to `report()` last. */
export async function runForReport<T>(script: string | URL, options?: ChildOptions): Promise<T> {
  const result = await runChild(script, options)
  const last = result.stdout.trimEnd().split('\n').at(-1) ?? ''
  if (result.code !== 0 || result.stderr !== '' || last === '') throw new Error(describeResult(result))
  return JSON.parse(last) as T
}

export function describeResult({ code, signal, stdout, stderr }: ChildResult): string {
  return [`The child ended with code ${code}, signal ${signal}.`, '--- stdout', stdout, '--- stderr', stderr].join('\n')
}

/** Switches that the outer process happens to have are meant for the outer process. */
const NOT_INHERITED = [
  'HOLDFAST_HIGH_MEMORY_PERCENT',
  'HOLDFAST_MEMORY_CEILING',
  'HOLDFAST_NO_EXTERNAL_BUFFERS',
  'HOLDFAST_NO_FINALIZATION_REGISTRY',
  'HOLDFAST_STRICT',
  'HOLDFAST_TRACKING',
  'NODE_OPTIONS',
  'NODE_V8_COVERAGE',
]

/** For a process that is to start afresh. */
export function environment(added: ChildOptions['env']): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.includes(name))
  // Most children drop handles on purpose, and a warning of that would be a line too many.
  const env: NodeJS.ProcessEnv = { ...Object.fromEntries(inherited), HOLDFAST_TRACKING: 'off', ...added }
  // scripts/coverage.mjs counts by an option of every process.
  const counts = process.env['HOLDFAST_COVERAGE'] === undefined ? undefined : process.env['NODE_OPTIONS']
  return counts === undefined ? env : { ...env, NODE_OPTIONS: `${counts} ${env['NODE_OPTIONS'] ?? ''}` }
}
