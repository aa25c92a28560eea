// Formats and checks the C++ sources.
//
//   node scripts/lint-native.mjs [--fix]
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const fix = process.argv.includes('--fix')

function sourcesUnder(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => /\.(cc|h)$/.test(name) && !name.includes('build'))
    .map((name) => join(folder, name))
}

function run(command, args) {
  const { status, stderr, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' })
  if (error?.code === 'ENOENT') {
    console.error(`lint: ${command} is missing. On Debian and Ubuntu: apt-get install clang-tidy`)
    process.exit(1)
  }
  // clang-tidy counts on standard error the warnings in other people's headers, which it hides.
  process.stderr.write((stderr ?? '').replace(/^\d+ warnings generated\.\n/gm, ''))
  if (status !== 0) process.exitCode = 1
}

const sources = ['native', 'test/native', 'bench/native'].filter(existsSync).flatMap(sourcesUnder)
run(process.execPath, [
  join('node_modules', 'clang-format-node', 'build', 'cli.js'),
  ...(fix ? ['-i'] : ['--dry-run', '--Werror']),
  ...sources,
])

const headers = join(dirname(dirname(process.execPath)), 'include', 'node')
const checked = sourcesUnder('native').filter((name) => name.endsWith('.cc') && !name.includes('_win32'))
run('clang-tidy', [
  '--quiet',
  ...checked,
  '--',
  '-std=c++20',
  '-fno-exceptions',
  '-DNAPI_VERSION=9',
  '-Inative',
  `-I${headers}`,
])
