// Runs the checks of one group on the runtime that runs this file, one after the other, and writes a line
// of JSON before and after each: a check that ends the process is known by the line that is missing.
//
//   <runtime> run-checks.mjs                        which groups there are
//   <runtime> run-checks.mjs <group> [first check]
import { writeSync } from 'node:fs'
import { handleStatistics } from 'holdfast'
import { GROUPS } from './checks/index.mjs'
import { loadedAddons } from './loaded-addons.mjs'
import { collectWithTurns } from './support.mjs'

const say = (value) => writeSync(1, `${JSON.stringify(value)}\n`)

async function outcomeOf(check) {
  try {
    // What an earlier check has dropped is not for this one to explain.
    await collectWithTurns(() => handleStatistics().live === 0 && handleStatistics().liveBytes === 0)
    const deviation = await check()
    return deviation === undefined ? { outcome: 'ok' } : { outcome: 'deviates', detail: deviation.deviates }
  } catch (error) {
    return { outcome: 'fails', detail: String(error?.stack ?? error) }
  }
}

async function runGroup(group, first) {
  const checks = GROUPS[group]
  const titles = Object.keys(checks)
  say({ titles, addons: loadedAddons() })
  for (const title of titles.slice(Math.max(0, titles.indexOf(first)))) {
    say({ starts: title })
    say({ ends: title, ...(await outcomeOf(checks[title])) })
  }
}

const [group, first] = process.argv.slice(2)
if (group === undefined) say(Object.keys(GROUPS))
else await runGroup(group, first)
// Some checks leave things behind on purpose, and how processes end is checked elsewhere.
process.exit(0)
