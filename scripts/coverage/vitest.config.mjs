// The suite, with what tests import of lib/ taken from dist/: child processes use that, and counts can only be added up
// of one text.
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { mergeConfig } from 'vitest/config'
import base from '../../vitest.config.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const LIB = join(ROOT, 'lib/')
const DIST = join(ROOT, 'dist/')

const fromDist = {
  name: 'lib-from-dist',
  enforce: 'pre',
  resolveId(source, importer) {
    if (importer === undefined || !source.startsWith('.')) return undefined
    const path = resolve(dirname(importer), source)
    const built = path.startsWith(LIB) ? path.replace(LIB, DIST).replace(/\.ts$/, '.js') : path
    return built.startsWith(DIST) && existsSync(built) ? built : undefined
  },
}

export default mergeConfig(base, {
  root: ROOT,
  plugins: [fromDist],
  test: {
    server: { deps: { external: [/\/dist\/.*\.js$/] } },
  },
})
