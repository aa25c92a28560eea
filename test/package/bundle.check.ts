import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Project } from './support/project.js'

/** Of the package's main entry. Each costs some 20 µs to resolve, and a moment to compile. */
const FILES_LIMIT = 120
const BYTES_LIMIT = 400_000
/** Ten times what it takes on an idle machine. */
const IMPORT_LIMIT_MS = 500

const PROGRAM = `import { NativeBuffer, liveHandles } from 'holdfast'
const buffer = new NativeBuffer(16)
const live = liveHandles()
buffer.dispose()
console.log(live, liveHandles())`

const project = new Project({ 'app.mjs': PROGRAM })
beforeAll(() => project.unpack())
afterAll(() => project[Symbol.dispose]())

/** Returns how many files of the package are in it, and of how many bytes. */
async function bundle(outfile: string, format: 'esm' | 'cjs', external: string[] = []) {
  const { metafile } = await build({
    absWorkingDir: project.directory,
    entryPoints: ['app.mjs'],
    bundle: true,
    platform: 'node',
    format,
    outfile,
    external,
    metafile: true,
    logLevel: 'silent',
  })
  const parts = Object.entries(metafile.inputs).filter(([name]) => name.includes('node_modules/holdfast/'))
  return { files: parts.length, bytes: parts.reduce((sum, [, { bytes }]) => sum + bytes, 0) }
}

describe.each([
  ['esm', 'mjs'],
  ['cjs', 'cjs'],
] as const)('a bundle of esbuild, as %s,', (format, extension) => {
  it('runs with the package left outside', async () => {
    expect(await bundle(`out/left.${extension}`, format, ['holdfast'])).toEqual({ files: 0, bytes: 0 })
    expect(project.output(process.execPath, [`out/left.${extension}`])).toBe('1 0\n')
  })

  it('that contains the package says what is missing, and runs when the addon is named', async () => {
    const file = `alone/out/whole.${extension}`
    expect((await bundle(file, format)).files).toBeGreaterThan(10)
    const { code, stderr } = project.run(process.execPath, [file])
    expect(code).toBe(1)
    expect(stderr).toContain('ERR_HOLDFAST_ADDON')
    expect(stderr).toContain('external: ["holdfast"]')
    const prebuilds = project.path('node_modules/holdfast/prebuilds')
    const addon = join(prebuilds, `linux-${process.arch}`, 'holdfast.glibc.node')
    expect(project.output(process.execPath, [file], { HOLDFAST_ADDON: addon })).toBe('1 0\n')
    // Or where it would be in the package: beside the folder of the program.
    cpSync(prebuilds, project.path('whole/prebuilds'), { recursive: true })
    await bundle(`whole/out/whole.${extension}`, format)
    expect(project.output(process.execPath, [`whole/out/whole.${extension}`])).toBe('1 0\n')
  })
})

it(`the main entry is at most ${FILES_LIMIT} files, and imported soon`, async () => {
  const { files, bytes } = await bundle('out/counted.mjs', 'esm')
  const script = `const started = performance.now(); await import('holdfast'); console.log(performance.now() - started)`
  const times = Array.from({ length: 5 }, () =>
    Number(project.output(process.execPath, ['--input-type=module', '--eval', script])),
  )
  const fastest = Math.min(...times)
  console.log(`holdfast: ${files} files, ${bytes} bytes, imported in ${fastest.toFixed(0)} ms`)
  expect(files).toBeGreaterThan(10)
  expect(files).toBeLessThanOrEqual(FILES_LIMIT)
  expect(bytes).toBeLessThanOrEqual(BYTES_LIMIT)
  expect(fastest).toBeLessThan(IMPORT_LIMIT_MS)
})
