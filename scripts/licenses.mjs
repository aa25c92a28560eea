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
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
  if (file === undefined) throw new Error(`${folder} has no license file: it cannot be bundled.`)
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
}
