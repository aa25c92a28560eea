import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { INSTALLERS, Project } from './support/project.js'

/** From an empty folder to the end of the first `using` block. */
const LIMIT_MS = 10_000

// What the compiler makes of a `using` block, for runtimes that have none.
const FIRST_BLOCK = `
const buffer = new NativeBuffer(2 ** 20)
try {
  buffer.bytes.fill(7)
  if (liveHandles() !== 1) throw new Error('not counted')
} finally {
  buffer[Symbol.dispose]()
}
console.log(liveHandles())`

const published = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
/** All that can be imported without a package besides, and outside of a test runner. */
const SUBPATHS = Object.keys(published.exports)
  .map((path) => path.replace(/^\./, 'holdfast'))
  .filter((name) => !/fastify|express|awilix|vitest|node-test|jest|package\.json/.test(name))

describe.each(INSTALLERS)('installed by $name, without a compiler, a network or a cache', (installer) => {
  const { name, runtime, run } = installer

  it(`the first \`using\` block has run within ${LIMIT_MS / 1000} s, no script has, and the rest works, too`, () => {
    using project = new Project({ 'first.mjs': `import { NativeBuffer, liveHandles } from 'holdfast'${FIRST_BLOCK}` })
    const started = performance.now()
    const { code, stdout, stderr } = project.install(installer)
    expect(code, stdout + stderr).toBe(0)
    expect(project.output(runtime, ['first.mjs'])).toBe('0\n')
    const elapsed = performance.now() - started
    console.log(`${name}: ${(elapsed / 1000).toFixed(2)} s from the tarball to the end of the first block`)
    expect(elapsed).toBeLessThan(LIMIT_MS)
    expect(stdout + stderr).not.toMatch(/script|gyp|warn/i)

    project.write({
      'required.cjs': `const { NativeBuffer, liveHandles } = require('holdfast')${FIRST_BLOCK}`,
      'subpaths.mjs': `for (const name of ${JSON.stringify(SUBPATHS)}) {
  if (Object.keys(await import(name)).length === 0) throw new Error(name)
}`,
    })
    expect(project.output(runtime, ['required.cjs'])).toBe('0\n')
    expect(project.output(runtime, ['subpaths.mjs'])).toBe('')
    const [command = '', ...args] = run
    expect(project.output(command, [...args, 'holdfast', 'doctor'])).toContain('The addon loads')
  })
})

it('nothing that is published runs a script when it is installed', () => {
  using project = new Project()
  expect(project.install().code).toBe(0)
  const installed = project.path('node_modules/holdfast')
  const { scripts, dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  expect(Object.keys(scripts)).not.toEqual(expect.arrayContaining([expect.stringMatching(/install|prepare/)]))
  expect(dependencies).toBeUndefined()
  // Package managers take it for a build script when it lies at the top, and ask, or refuse.
  expect(existsSync(join(installed, 'binding.gyp'))).toBe(false)
})
