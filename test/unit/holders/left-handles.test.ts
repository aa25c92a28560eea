import { existsSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { explainLeftHandles } from '../../../lib/holders/explain-left-handles.js'
import type { SiteHolders } from '../../../lib/recording/json-blocks.js'
import { runForReport } from '../../support/child.js'
import { scratchDirectory } from '../../support/recordings.js'

const IMPORTS = `
  import { GC, NativeArena, NativeBuffer, SecretBuffer } from 'holdfast'
  import { writeLeftHandles } from './dist/holders/left-handles.js'
  import { report } from './test/support/in-child.mjs'
`

/** What a program is told of the handles that it leaves. */
async function toldOf(body: string, level = 'counts'): Promise<{ sites: SiteHolders[]; progress: number[] }> {
  using scratch = scratchDirectory()
  const path = scratch.path('left.heapsnapshot')
  const script = `${IMPORTS} ${body}; writeLeftHandles(${JSON.stringify(path)}); report('written')`
  await runForReport(script, { env: { HOLDFAST_TRACKING: level } })
  const progress: number[] = []
  const sites = await explainLeftHandles(path, process.cwd(), (share) => progress.push(share))
  expect([existsSync(path), existsSync(`${path}.json`)]).toEqual([false, false])
  return { sites, progress }
}

describe('the holders of handles that a program has left', () => {
  it('are told once for each way of being held, whatever the key, and with their place if that is known', async () => {
    const { sites, progress } = await toldOf(
      `globalThis.cache = new Map()
       for (let i = 0; i < 7; i++) cache.set('key ' + i, new NativeBuffer(8))`,
      'full',
    )
    expect(sites).toMatchObject([{ kind: 'NativeBuffer', lines: ['the global Map `cache`'] }])
    expect(sites[0]?.stack[0]).toMatchObject({ line: expect.any(Number) })
    expect([progress.length > 0, progress.at(-1)]).toEqual([true, 1])
  })

  it('are told by kind where no stacks are known', async () => {
    const { sites } = await toldOf('globalThis.one = new NativeBuffer(8); globalThis.other = new NativeArena()')
    expect(sites.sort((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
      { kind: 'NativeArena', stack: [], lines: ['the global variable `other`'] },
      { kind: 'NativeBuffer', stack: [], lines: ['the global variable `one`'] },
    ])
  })

  it('are nobody for what only waits to be collected', async () => {
    const body = `globalThis.weak = new WeakRef((() => new NativeArena())())
      await new Promise((resolve) => setImmediate(resolve))
      // Keeps it for the rest of the job, which is no reason that a program has.
      ;(() => weak.deref())()
      ;(() => new NativeBuffer(8))()`
    // What is collected meanwhile is no leak that is to be told of here.
    const { sites } = await toldOf(body, 'off')
    expect(sites.map(({ lines }) => lines)).toEqual(Array(2).fill([expect.stringMatching(/^nothing any more/)]))
  })

  it('are not told of handles that nothing will finalize', async () => {
    const { sites } = await toldOf('globalThis.kept = new NativeBuffer(8); GC.suppressFinalize(kept)')
    expect(sites).toEqual([{ kind: 'NativeBuffer', stack: [], lines: [] }])
  })

  it('are nothing where no handle is left, or nothing was written', async () => {
    expect(await toldOf('new NativeBuffer(8).dispose()')).toEqual({ sites: [], progress: [] })
  })

  it('leave no file behind, also when what was written cannot be read', async () => {
    using scratch = scratchDirectory()
    const path = scratch.path('damaged')
    for (const name of [path, `${path}.json`]) writeFileSync(name, 'damaged')
    await expect(explainLeftHandles(path, scratch.directory, () => {})).rejects.toThrow(SyntaxError)
    expect([existsSync(path), existsSync(`${path}.json`)]).toEqual([false, false])
  })
})
