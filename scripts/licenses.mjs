import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The licenses of the packages that went into a bundle, from esbuild's metafile. */
export function licensesOf(metafile) {
  return packagesIn(metafile)
    .map(licenseOf)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

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
