// Makes what is packed: dist/ from nothing, so that a module that is gone leaves nothing behind, without the
// declarations that no export of the package leads to, and the addon for this machine; for all processors that it is
// shipped for when the package is published.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const DIST = 'dist'

function run(script, args = []) {
  const { status } = spawnSync('npm', ['run', '--silent', script, '--', ...args], {
    // npm prints what it has packed on standard output.
    stdio: ['ignore', process.stderr, 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}

/** The declarations that those of the exports import, and so on. */
function neededDeclarations() {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
  const waiting = Object.values(exports).flatMap(({ types }) => types?.slice('./'.length) ?? [])
  const needed = new Set()
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (needed.has(file)) continue
    needed.add(file)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)\.js'/g)) {
      waiting.push(join(file, '..', `${path}.d.ts`).replaceAll('\\', '/'))
    }
  }
  return needed
}

rmSync(DIST, { recursive: true, force: true })
run('build')
const needed = neededDeclarations()
for (const name of readdirSync(DIST, { recursive: true })) {
  const file = join(DIST, name).replaceAll('\\', '/')
  if (file.endsWith('.d.ts') && !needed.has(file)) rmSync(file)
}
run('build:prebuilds', ['--if-older', ...(process.env['npm_command'] === 'publish' ? ['--all'] : [])])
