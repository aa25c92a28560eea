import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readRecording } from '../../lib/recording/read-recording.js'
import { expectWrongUse, runCommand } from '../support/command.js'
import { scratchDirectory } from '../support/recordings.js'

const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Installs a copy of the package, or parts of it. */
function install(nodeModules: string, parts = ['dist', 'package.json', 'native/build/Release/holdfast.node']): void {
  for (const name of parts) {
    cpSync(join(PACKAGE_ROOT, name), join(nodeModules, 'holdfast', name), { recursive: true })
  }
}

describe('a program that has a copy of the library of its own', () => {
  it('is recorded with stacks all the same', async () => {
    using scratch = scratchDirectory()
    install(scratch.path('node_modules'))
    writeFileSync(
      scratch.path('app.mjs'),
      `import { NativeBuffer } from 'holdfast'
       function open() { globalThis.kept = new NativeBuffer(10) }
       open()`,
    )
    const result = await runCommand(['run', '-o', 'a.hfrec', 'app.mjs'], scratch.directory)
    expect(result.code).toBe(0)
    const { total, sites } = readRecording(scratch.path('a.hfrec'))
    expect(total).toMatchObject({ opened: 1, live: 1 })
    expect(sites[0]?.stack[0]).toMatchObject({ functionName: 'open', file: scratch.path('app.mjs'), line: 2 })
  })

  it('that cannot say what holds its handles is recorded without that', async () => {
    using scratch = scratchDirectory()
    install(scratch.path('node_modules'))
    rmSync(scratch.path('node_modules/holdfast/dist/holders/left-handles.js'))
    writeFileSync(
      scratch.path('app.mjs'),
      `import { NativeBuffer } from 'holdfast'
       globalThis.kept = new NativeBuffer(10)`,
    )
    const { code, stderr } = await runCommand(['run', '-o', 'a.hfrec', 'app.mjs'], scratch.directory)
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^holdfast: recorded [^\n]+\n$/)])
    const { sites } = readRecording(scratch.path('a.hfrec'))
    expect(sites).toEqual([expect.objectContaining({ live: 1, heldBy: [] })])
  })

  it('whose addon does not load runs all the same, with a warning that nothing is recorded', async () => {
    using scratch = scratchDirectory()
    install(scratch.path('node_modules'), ['dist', 'package.json', 'native/binding.gyp'])
    writeFileSync(scratch.path('app.mjs'), 'console.log("started")')
    const { stdout, stderr } = await runCommand(['run', 'app.mjs'], scratch.directory)
    expect(stdout).toBe('started\n')
    expect(stderr).toContain('[HOLDFAST_RECORDING] HoldfastWarning: Nothing is recorded in this thread')
  })

  it('that is too old is refused in one line, before it starts', async () => {
    using scratch = scratchDirectory()
    mkdirSync(scratch.path('node_modules/holdfast'), { recursive: true })
    const old = { name: 'holdfast', version: '0.0.1', exports: { '.': './index.js' } }
    writeFileSync(scratch.path('node_modules/holdfast/package.json'), JSON.stringify(old))
    writeFileSync(scratch.path('app.js'), 'console.log("started")')
    await expectWrongUse(['run', 'app.js'], scratch.directory, /too old to be recorded/)
  })
})

it('a program without the library is recorded, too: it opens nothing', async () => {
  using scratch = scratchDirectory()
  writeFileSync(scratch.path('app.js'), 'console.log("started")')
  const { code, stdout, stderr } = await runCommand(['run', 'app.js'], scratch.directory)
  expect([code, stdout]).toEqual([0, 'started\n'])
  expect(stderr).toContain('no handle was opened')
})
