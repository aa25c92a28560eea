// What the command and the reports need of other packages goes into dist/, so that whoever installs the
// library gets none of them: each file of lib/vendor re-exports what is used of one package, and what tsc
// made of it is replaced by a bundle.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const VENDOR = join('dist', 'vendor')

/** The folders of the packages that went into a bundle. */
function packagesIn({ inputs }) {
  const folders = Object.keys(inputs).flatMap(
    (input) => input.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? [],
  )
  return [...new Set(folders)].sort()
}

function licenseOf(folder) {
  const files = licenseFiles(folder)
  if (files.length === 0) throw new Error(`${folder} has no license file: it cannot be bundled.`)
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return `${name} ${version}\n\n${files.map((file) => readFileSync(file, 'utf8').trim()).join('\n\n')}\n`
}

/** Its own, and those of what it has taken over from others. */
function licenseFiles(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => !name.includes('node_modules'))
  return files.filter((name) => /(^|[/\\])licen[cs]e[^/\\]*$/i.test(name)).map((name) => join(folder, name))
}

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
  const licenses = packagesIn(metafile).map(licenseOf)
  writeFileSync(join(VENDOR, 'LICENSES.txt'), licenses.join(`\n${'-'.repeat(80)}\n\n`))
}
