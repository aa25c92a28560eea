// The sources of the addon, without what was built from them in native/build.
import { cpSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Relative to the addon's folder. */
function sourcesIn(folder) {
  const names = readdirSync(folder, { recursive: true })
  return names.filter((name) => /\.(cc|c|h|gyp)$/.test(name) && !/^build[\\/]/.test(name))
}

/** When the newest of them was changed, in milliseconds. */
export function newestSource(folder) {
  return Math.max(...sourcesIn(folder).map((name) => statSync(join(folder, name)).mtimeMs))
}

/** Copies those of native/ to a folder, and leaves what was built there. */
export function copyNativeSources(folder) {
  for (const name of sourcesIn(folder)) rmSync(join(folder, name))
  for (const name of sourcesIn('native')) cpSync(join('native', name), join(folder, name), { preserveTimestamps: true })
}
