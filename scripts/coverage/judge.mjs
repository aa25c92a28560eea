// What is said of a measurement: a table by folder, what is not covered and why, and whether that is enough.

/** The share that must be covered, of branches in lib/ and of lines in native/. */
const BOUNDS = { lib: 0.95, 'native/core': 0.9 }

/**
 * @param files for each its path, how many branches or lines it has in total, how many are covered, and the places
 *   that are not: line and code
 * @param accepted reasons, by path and by the code of the first line of a place, so that they outlive moved lines
 */
export function judge(files, accepted) {
  const problems = [...missedBounds(files)]
  const remarks = []
  for (const { path, uncovered } of files) {
    for (const { line, code } of uncovered) {
      if (accepted[path]?.[code] === undefined)
        remarks.push(`${path}:${line} is not covered, without a reason: ${code}`)
    }
  }
  for (const [path, reasons] of Object.entries(accepted)) {
    const places = files.find((file) => file.path === path)?.uncovered ?? []
    for (const code of Object.keys(reasons)) {
      if (!places.some((place) => place.code === code)) remarks.push(`${path} is covered, or gone, at: ${code}`)
    }
  }
  return { problems, remarks }
}

/** Nothing measured is a bound missed: a gate that is given nothing must not open. */
function* missedBounds(files) {
  for (const [folder, bound] of Object.entries(BOUNDS)) {
    const { covered, total } = sum(files.filter(({ path }) => path.startsWith(`${folder}/`)))
    if (total === 0) yield `Nothing was measured of ${folder}/.`
    else if (covered / total < bound)
      yield `${folder}/ is covered to ${share(covered, total)}, less than ${percent(bound)}.`
  }
}

function sum(files) {
  const add = (total, file) => ({ covered: total.covered + file.covered, total: total.total + file.total })
  return files.reduce(add, { covered: 0, total: 0 })
}

const percent = (value) => `${(Math.floor(value * 1000) / 10).toFixed(1)} %`
const share = (covered, total) => (total === 0 ? '–' : percent(covered / total))

/** One line for each folder, and one for all of lib/ and of native/. */
export function table(files) {
  const rows = new Map()
  for (const file of files) {
    const folder = file.path.slice(0, file.path.lastIndexOf('/'))
    for (const name of new Set([folder.split('/')[0], folder])) rows.set(name, [...(rows.get(name) ?? []), file])
  }
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
  const line = (name, covered, total, part) =>
    `  ${name.padEnd(24)}${String(covered).padStart(8)}${String(total).padStart(8)}${part.padStart(10)}`
  const lines = sorted.map(([name, members]) => {
    const { covered, total } = sum(members)
    return line(`${name}/`, covered, total, share(covered, total))
  })
  return [line('branches / lines', 'covered', 'of', ''), ...lines].join('\n')
}

/** What is not covered, as file:line, with the reason. */
export function listing(files, accepted) {
  return files
    .flatMap(({ path, uncovered }) =>
      uncovered.map(({ line, code, note }) => {
        const place = `  ${path}:${line}  ${code}${note === undefined ? '' : `  (${note})`}`
        return `${place}\n      ${accepted[path]?.[code] ?? '(no reason)'}`
      }),
    )
    .join('\n')
}
