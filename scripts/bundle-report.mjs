// The page of a report has its program and its styles inside: one script and one style sheet, with the libraries
// that draw, beside the modules that make the page.
//
//   node scripts/bundle-report.mjs [--source-maps]
//
// --source-maps leaves names and lines as they are, for scripts/coverage.mjs.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { licensesOf } from './licenses.mjs'

const traceable = process.argv.includes('--source-maps')
const CLIENT = join('dist', 'report', 'client')

const { metafile } = await build({
  entryPoints: { report: join('lib', 'report', 'client', 'main.ts') },
  outdir: CLIENT,
  bundle: true,
  minify: !traceable,
  sourcemap: traceable,
  format: 'iife',
  platform: 'browser',
  target: ['chrome123', 'firefox121', 'safari17.5'],
  charset: 'utf8',
  legalComments: 'none',
  metafile: true,
})
writeFileSync(join(CLIENT, 'LICENSES.txt'), licensesOf(metafile))
