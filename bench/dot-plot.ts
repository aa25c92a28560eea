import type { Contest } from './contest.js'
import { groupBy, type Placed, placeDetails } from './placed.js'
import type { Dot, DotGroup, DotPanel, DotPlot } from './plot.js'
import type { Unit } from './question.js'
import type { Answer } from './results.js'

/** The plot of a question that draws none itself: a dot for each sample, with what half of the rounds lie between. */
export function dotPlot(answer: Answer, contest: Contest | undefined): DotPlot | undefined {
  const placed = placeDetails(answer, contest)
  if (placed.length === 0) return undefined
  const panels = [...groupBy(placed, ({ detail, better }) => `${detail.unit} ${better}`).values()].map((dots) =>
    panelOf(dots, contest !== undefined),
  )
  const axes = panels.map(({ axis }) => axis).join('; ')
  return {
    title: answer.title,
    description: `${answer.title}, as a dot plot of what the table below says. ${axes}.`,
    hasPeers: placed.some(({ isOurs }) => !isOurs),
    panels,
  }
}

function panelOf(placed: readonly Placed[], hasContest: boolean): DotPanel {
  const { detail, better = 'less' } = placed[0] as Placed
  const groups = Array.from(
    groupBy(placed, ({ group }) => group),
    ([title, members]): DotGroup => {
      return { title, dots: members.map(dotOf) }
    },
  )
  const scale = scaleOf(groups)
  const directed = hasContest || detail.unit === 'time' || MEMORY.has(detail.unit)
  const words = [`${WHAT[detail.unit]}${scale === 'logarithmic' ? ', on a logarithmic scale' : ''}`]
  if (directed) words.push(better === 'less' ? `left is ${LESS[detail.unit] ?? 'less'}, and better` : 'right is better')
  return { axis: words.join(': '), unit: detail.unit, scale, groups }
}

function dotOf({ contestant, isOurs, detail: { median, quartiles } }: Placed): Dot {
  return { label: contestant, value: median, isOurs, ...(quartiles !== undefined && { quartiles }) }
}

const WIDEST_LINEAR = 20

function scaleOf(groups: readonly DotGroup[]): DotPanel['scale'] {
  const values = groups.flatMap(({ dots }) =>
    dots.flatMap(({ value, quartiles = [value, value] }) => [value, ...quartiles]),
  )
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return least > 0 && most / least > WIDEST_LINEAR ? 'logarithmic' : 'linear'
}

const MEMORY: ReadonlySet<Unit> = new Set(['B', 'MiB', 'MB'])

const WHAT: Readonly<Record<Unit, string>> = {
  time: 'time',
  B: 'memory',
  MiB: 'memory',
  MB: 'memory',
  count: 'how many',
  ratio: 'ratio',
  share: 'share',
}

const LESS: Partial<Record<Unit, string>> = { time: 'faster', B: 'smaller', MiB: 'smaller', MB: 'smaller' }
