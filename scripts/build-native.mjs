// Builds the addon when it is missing or older than its sources.
//
//   node scripts/build-native.mjs [--force] [--directory <folder with a binding.gyp>]
//
// When the headers of the running runtime lie beside its executable (<prefix>/include/node), they are
// used and nothing is downloaded.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { newestSource } from './native-sources.mjs'

const { values } = parseArgs({
  options: { force: { type: 'boolean', default: false }, directory: { type: 'string', default: 'native' } },
})
const directory = resolve(values.directory)

function isFresh() {
  const output = join(directory, 'build', 'Release')
  const built = existsSync(output) ? readdirSync(output).filter((name) => name.endsWith('.node')) : []
  if (built.length === 0) return false
  const newest = newestSource(directory)
  return built.every((name) => statSync(join(output, name)).mtimeMs >= newest)
}

function headersArgument() {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : []
}

if (!values.force && isFresh()) process.exit(0)
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
console.error(`building ${join(directory, 'binding.gyp')} ...`)
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [nodeGyp, 'configure', 'build', '--directory', directory, '--loglevel', 'warn', ...headersArgument()],
  { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 2 ** 26 },
)
if (status !== 0) process.stderr.write(stdout + stderr)
process.exit(status ?? 1)
