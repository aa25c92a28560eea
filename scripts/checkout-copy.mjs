// A copy of the checkout, for builds that must not replace the developer's own.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** What git knows or would add, as it is now, and a link to node_modules. Returns what went wrong. */
export function copyCheckout(copy) {
  const listed = spawnSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], { encoding: 'utf8' })
  if (listed.status !== 0) return `git could not list the checkout: ${listed.stderr ?? listed.error}`
  for (const name of new Set(listed.stdout.split('\0'))) {
    // node_modules is listed where it is a link. A file may be deleted and not committed yet.
    if (name !== '' && name !== 'node_modules' && existsSync(name))
      cpSync(name, join(copy, name), { verbatimSymlinks: true })
  }
  symlinkSync(realpathSync('node_modules'), join(copy, 'node_modules'))
  return undefined
}
