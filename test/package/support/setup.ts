import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { ARM64_TOOLS_ARE_HERE } from './arm64.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const HERE = fileURLToPath(new URL('..', import.meta.url))

declare module 'vitest' {
  export interface ProvidedContext {
    tarball: string
  }
}

/** Packs the package as it is published, and installs what its users have besides it. */
export default function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-packed-'))
  install(join(HERE, 'tools'))
  install(join(HERE, 'peers'))
  install(join(ROOT, 'test', 'runners', 'jest'))
  if (ARM64_TOOLS_ARE_HERE) {
    install(join(HERE, 'arm64'), ['--force']) // for a processor that this is not
    npm(['run', '--silent', 'build:prebuilds', '--', '--arch', 'arm64', '--if-older'])
  }
  const [packed] = JSON.parse(npm(['pack', '--silent', '--json', '--pack-destination', folder]))
  provide('tarball', join(folder, packed.filename))
  return () => rmSync(folder, { recursive: true, force: true })
}

function install(directory: string, args: readonly string[] = []): void {
  if (existsSync(join(directory, 'node_modules', '.package-lock.json'))) return
  npm(['ci', '--prefix', directory, '--ignore-scripts', '--no-audit', '--no-fund', '--silent', ...args])
}

function npm(args: readonly string[]): string {
  return execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
