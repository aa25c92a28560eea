import { readdirSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readRecording } from '../../lib/recording/read-recording.js'
import { runCommand } from '../support/command.js'
import { type ScratchDirectory, scratchDirectory } from '../support/recordings.js'

const LIBRARY = new URL('../../dist/index.js', import.meta.url).href

/** What holds the handles that a program leaves, by kind. */
async function holdersOf(scratch: ScratchDirectory, program: string, options: readonly string[] = []) {
  const text = `import { NativeBuffer } from ${JSON.stringify(LIBRARY)}\n${program}`
  writeFileSync(scratch.path('program.mjs'), text)
  const { code, stderr } = await runCommand(['run', '-o', 'a.hfrec', ...options, 'program.mjs'], scratch.directory)
  const { sites } = readRecording(scratch.path('a.hfrec'))
  const left = sites.filter(({ live }) => live > 0)
  const files = readdirSync(scratch.directory).filter((name) => name !== 'program.mjs')
  return { code, stderr, files, heldBy: Object.fromEntries(left.map(({ kind, heldBy }) => [kind, heldBy])) }
}

const CACHE = `
  export const cache = new Map()
  class Page extends NativeBuffer {}
  for (let i = 0; i < 30; i++) cache.set(String(i), new Page(8))
`

describe('what holds the handles that a program leaves', () => {
  it('is in the recording, and nothing else is left of it', async () => {
    using scratch = scratchDirectory()
    const { files, heldBy } = await holdersOf(scratch, CACHE)
    expect(heldBy).toEqual({ Page: ['the module-level Map `cache` of program.mjs'] })
    expect(files).toEqual(['a.hfrec'])
  })

  it('is not searched for unless wanted', async () => {
    using scratch = scratchDirectory()
    const { files, heldBy } = await holdersOf(scratch, CACHE, ['--no-holders'])
    expect([heldBy, files]).toEqual([{ Page: [] }, ['a.hfrec']])
  })

  it('is known without creation stacks, too', async () => {
    using scratch = scratchDirectory()
    const { heldBy } = await holdersOf(scratch, CACHE, ['--level', 'counts'])
    expect(heldBy).toEqual({ Page: ['the module-level Map `cache` of program.mjs'] })
  })

  it('may be the function that ends the program', async () => {
    using scratch = scratchDirectory()
    const { code, heldBy } = await holdersOf(
      scratch,
      `function main() {
        const buffer = new NativeBuffer(8)
        process.exit(buffer.byteLength)
      }
      main()`,
    )
    expect([code, heldBy]).toEqual([8, { NativeBuffer: ['only a local variable of a running function'] }])
  })

  it('is not told of what a listener of the end disposes of', async () => {
    using scratch = scratchDirectory()
    const { heldBy } = await holdersOf(
      scratch,
      `const buffer = new NativeBuffer(8)
      process.on('exit', () => buffer.dispose())`,
    )
    expect(heldBy).toEqual({})
  })

  it('is unknown where the snapshot of its heap cannot be read: that is a note', async () => {
    using scratch = scratchDirectory()
    const { code, stderr, files, heldBy } = await holdersOf(
      scratch,
      `import { writeFileSync } from 'node:fs'
      globalThis.buffer = new NativeBuffer(8)
      process.on('exit', () => writeFileSync('a.hfrec.heapsnapshot', '{'))`,
    )
    expect([code, heldBy, files]).toEqual([0, { NativeBuffer: [] }, ['a.hfrec']])
    expect(stderr).toMatch(/^note: it is not known what holds the handles that are left: [^\n]+$/m)
  })

  it('is unknown where the program was killed', async () => {
    using scratch = scratchDirectory()
    const { files, heldBy } = await holdersOf(
      scratch,
      `globalThis.buffer = new NativeBuffer(8)
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2000)`,
    )
    expect([heldBy, files]).toEqual([{ NativeBuffer: [] }, ['a.hfrec']])
  })
})
