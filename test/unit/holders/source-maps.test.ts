import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SourceMaps } from '../../../lib/holders/source-maps.js'
import { scratchDirectory } from '../../support/recordings.js'

describe('source maps', () => {
  const scratch = scratchDirectory()
  afterAll(() => scratch[Symbol.dispose]())
  const source = scratch.path('source.ts')
  const other = scratch.path('other.ts')

  beforeAll(async () => {
    writeFileSync(other, 'export const other = 1\n')
    writeFileSync(source, 'interface Gone {}\n\nexport const value: Gone = () => 1\n')
    const options = { entryPoints: [source], format: 'esm' as const, logLevel: 'silent' as const }
    await build({ ...options, sourcemap: 'linked', outfile: scratch.path('linked.js') })
    await build({ ...options, sourcemap: 'inline', outfile: scratch.path('inline.js') })
    const bundled = {
      contents: "export * from './source.js'; export * from './other.js'",
      resolveDir: scratch.directory,
    }
    await build({ stdin: bundled, bundle: true, sourcemap: 'linked', outfile: scratch.path('bundle.js') })
    const { outputFiles } = await build({ ...options, sourcemap: 'external', outfile: 'x.js', write: false })
    const map = outputFiles.find(({ path }) => path.endsWith('.map'))?.text ?? ''
    const percent = encodeURIComponent(map.replace(/"sources": \[.*\]/, `"sources": ["${pathToFileURL(source)}"]`))
    writeFileSync(scratch.path('percent.js'), `value\n//# sourceMappingURL=data:application/json,${percent}\n`)
    const foreign = encodeURIComponent(map.replace(/"sources": \[.*\]/, '"sources": ["webpack://app/source.ts"]'))
    writeFileSync(scratch.path('foreign.js'), `value\n//# sourceMappingURL=data:application/json,${foreign}\n`)
    writeFileSync(scratch.path('damaged.js'), 'value\n//# sourceMappingURL=data:application/json,%7B\n')
    writeFileSync(scratch.path('dangling.js'), 'value\n//# sourceMappingURL=missing.js.map\n')
    writeFileSync(scratch.path('plain.js'), 'value\n')
  })

  it.each(['linked.js', 'inline.js', 'percent.js'])('tell the place in the source: %s', (name) => {
    const maps = new SourceMaps()
    expect(maps.resolve({ file: scratch.path(name), line: 1, column: 7 })).toMatchObject({ file: source, line: 3 })
    expect(maps.ofFile(scratch.path(name))).toBe(source)
  })

  it('tell the place, but no source of a whole file that was made of several', () => {
    const maps = new SourceMaps()
    const places = [1, 2, 3, 4, 5, 6, 7, 8].map((line) =>
      maps.resolve({ file: scratch.path('bundle.js'), line, column: 9 }),
    )
    expect(places.map(({ file }) => file)).toEqual(expect.arrayContaining([source, other]))
    expect(maps.ofFile(scratch.path('bundle.js'))).toBeUndefined()
  })

  it.each(['foreign.js', 'damaged.js', 'dangling.js', 'plain.js', 'missing.js'])(
    'leave a place as it is of which they know no file: %s',
    (name) => {
      const maps = new SourceMaps()
      const place = { file: scratch.path(name), line: 1, column: 1 }
      expect([maps.resolve(place), maps.ofFile(place.file)]).toEqual([place, undefined])
    },
  )

  it('leave a place as it is that lies before all that they know', () => {
    const map = JSON.stringify({ version: 3, sources: ['source.ts'], names: [], mappings: ';;;;AAAA' })
    const file = scratch.path('early.js')
    writeFileSync(file, `value\n//# sourceMappingURL=data:application/json,${encodeURIComponent(map)}\n`)
    expect(new SourceMaps().resolve({ file, line: 1, column: 1 })).toEqual({ file, line: 1, column: 1 })
  })
})
