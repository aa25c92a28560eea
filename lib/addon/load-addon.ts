import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidOperationError } from '../errors.js'
import { fileDefect } from './file-defect.js'
import { describeMachine, type Machine } from './machine.js'

const CODE = 'ERR_HOLDFAST_ADDON'
const NODE_API = 9

/** A runtime that is too old does not refuse the addon: it crashes inside require(). */
export function checkNodeApi(offered: string | undefined): void {
  if (Number(offered) >= NODE_API) return
  throw new InvalidOperationError(
    `holdfast needs Node-API ${NODE_API}, and this runtime (${process.version}) has ${offered ?? 'none'}. ` +
      'Use Node.js 20.19 or later, Bun 1.4 or later, or Deno 2 or later.',
    { code: CODE },
  )
}

export interface LoadOptions {
  /** The folder of the package. */
  readonly root: string
  readonly machine: Machine
  /** Where to look instead of in the package. */
  readonly named?: string | undefined
  /** Loads a file, or throws. */
  open(file: string): unknown
}

interface Attempt {
  readonly file: string
  readonly outcome: 'missing' | 'defective' | 'refused'
  readonly text: string
  readonly cause?: unknown
}

/** The first of the files for this machine that loads. Throws `ERR_HOLDFAST_ADDON`. */
export function loadAddon(options: LoadOptions): { addon: unknown; file: string } {
  const attempts: Attempt[] = []
  for (const file of options.named ? [options.named] : addonFiles(options.root, options.machine)) {
    const attempt = examine(file, options.machine)
    if (attempt === undefined) {
      try {
        return { addon: options.open(file), file }
      } catch (cause) {
        // It was loaded, and says itself what it could not do.
        if ((cause as { code?: unknown }).code === 'ERR_HOLDFAST_INITIALIZATION') throw cause
        attempts.push({ file, outcome: 'refused', text: `does not load: ${messageOf(cause)}`, cause })
      }
    } else attempts.push(attempt)
  }
  throw failure(options, attempts)
}

/** Where an addon for that machine is looked for: one that was built here comes before one that was shipped. */
export function addonFiles(root: string, { platform, arch, libc }: Machine): string[] {
  const shipped = libc === undefined ? 'holdfast.node' : `holdfast.${libc}.node`
  return [
    join(root, 'native', 'build', 'Release', 'holdfast.node'),
    join(root, 'prebuilds', `${platform}-${arch}`, shipped),
  ]
}

function examine(file: string, machine: Machine): Attempt | undefined {
  if (!existsSync(file)) return { file, outcome: 'missing', text: 'not there' }
  try {
    const text = fileDefect(file, machine)
    return text === undefined ? undefined : { file, outcome: 'defective', text }
  } catch (cause) {
    return { file, outcome: 'refused', text: `cannot be read: ${messageOf(cause)}`, cause }
  }
}

function failure({ root, machine, named }: LoadOptions, attempts: readonly Attempt[]): Error {
  const lines = [
    `holdfast found no native addon that loads on ${describeMachine(machine)}, ${process.version}. It looked for`,
    ...attempts.map(({ file, text }) => `  ${file}: ${text}`),
    `Shipped are: ${shippedIn(root).join(', ') || 'none'}.`,
    ...(named
      ? ['That is what HOLDFAST_ADDON says. Unset it to have the package looked through.']
      : remedy(root, attempts)),
  ]
  const cause = attempts.find((attempt) => attempt.cause !== undefined)?.cause
  return new InvalidOperationError(lines.join('\n'), {
    code: CODE,
    ...(cause === undefined ? {} : { cause }),
  })
}

function remedy(root: string, attempts: readonly Attempt[]): string[] {
  if (!existsSync(join(root, 'native', 'binding.gyp'))) {
    return [
      'This is not the folder of the package. A bundler has to leave it out: external: ["holdfast"]',
      'Else name the file with HOLDFAST_ADDON, or put prebuilds/ of the package there.',
    ]
  }
  if (attempts.at(-1)?.outcome === 'defective') {
    return ['The package is damaged. Remove its folder and install it again:', `  rm -r ${root} && npm install`]
  }
  return [
    'To build it here: install a C++20 compiler, make and python3, then run',
    `  npx node-gyp rebuild --directory ${join(root, 'native')}`,
  ]
}

/** Such as `linux-x64/holdfast.glibc.node`. */
function shippedIn(root: string): string[] {
  const folder = join(root, 'prebuilds')
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((target) => readdirSync(join(folder, target)).map((name) => `${target}/${name}`))
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
