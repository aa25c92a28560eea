// What the command and the reports need of other packages goes into dist/, so that whoever installs the
// library gets none of them: each file of lib/vendor re-exports what is used of one package, and what tsc
// made of it is replaced by a bundle.
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { licensesOf } from './licenses.mjs'

const VENDOR = join('dist', 'vendor')

if (existsSync(VENDOR)) {
  // Not what lies in dist/ from earlier: it is bundled already.
  const files = readdirSync(join('lib', 'vendor')).map((name) => name.replace(/\.ts$/, '.js'))
  const { metafile } = await build({
    entryPoints: files.map((name) => join(VENDOR, name)),
    outdir: VENDOR,
    allowOverwrite: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Packages written for require() find Node's own modules by it.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    legalComments: 'none',
    metafile: true,
  })
  writeFileSync(join(VENDOR, 'LICENSES.txt'), licensesOf(metafile))
}
