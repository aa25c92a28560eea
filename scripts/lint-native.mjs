// Formats and checks the C++ sources.
//
//   node scripts/lint-native.mjs [--fix]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

const fix = process.argv.includes('--fix')

function sourcesUnder(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => /\.(cc|h)$/.test(name) && !name.includes('build'))
    .map((name) => join(folder, name))
}

async function run(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part))
  try {
    const [status] = await once(child, 'close')
    if (status !== 0) process.exitCode = 1
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    console.error(`lint: ${command} is missing. On Debian and Ubuntu: apt-get install clang-tidy`)
    process.exit(1)
  }
  // clang-tidy counts on standard error the warnings in other people's headers, which it hides.
  process.stdout.write(text.replace(/^\d+ warnings generated\.\n/gm, ''))
}

const sources = ['native', 'test/native', 'bench/native'].filter(existsSync).flatMap(sourcesUnder)
await run(process.execPath, [
  join('node_modules', 'clang-format-node', 'build', 'cli.js'),
  ...(fix ? ['-i'] : ['--dry-run', '--Werror']),
  ...sources,
])

const headers = join(dirname(dirname(process.execPath)), 'include', 'node')
const checked = sourcesUnder('native').filter((name) => name.endsWith('.cc') && !name.includes('_win32'))
const flags = ['--', '-std=c++20', '-fno-exceptions', '-DNAPI_VERSION=9', '-Inative', `-I${headers}`]

// One file at a time each: how long a file takes differs tenfold.
async function lintNext() {
  for (let file = checked.pop(); file !== undefined; file = checked.pop()) {
    await run('clang-tidy', ['--quiet', file, ...flags])
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, lintNext))
