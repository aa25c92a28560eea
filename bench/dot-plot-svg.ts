import type { CustomSeriesOption, EChartsOption } from 'echarts'
import { formatValue } from './format.js'
import type { Dot, DotGroup, DotPanel, DotPlot } from './plot.js'
import type { Unit } from './question.js'
import { drawSvg, RULE, TEXT, text, WIDTH } from './svg.js'

const HEAD = 62
const LINE = 20
const BELOW_PANEL = 58
const RIGHT = 96
const LABEL = 12
/** Of a letter, at most. */
const LETTER = 6.4
const WIDEST_LABEL = 400
const GAP = 24

// Told apart by those who do not see all colours, too.
const OURS = { name: 'Holdfast', color: '#0072b2', symbol: 'circle', symbolSize: 10 } as const
const OTHERS = { name: 'others', color: '#d55e00', symbol: 'diamond', symbolSize: 12 } as const

export function dotPlotSvg(plot: DotPlot): string {
  const { title, description, panels } = plot
  const height = HEAD + panels.reduce((sum, panel) => sum + heightOf(panel) + BELOW_PANEL, 0)
  return drawSvg({ title, description, width: WIDTH, height, option: optionOf(plot) })
}

function optionOf({ title, panels, hasPeers }: DotPlot): EChartsOption {
  const left = widthOfLabels(panels)
  const tops = panels.map((_, index) =>
    panels.slice(0, index).reduce((top, panel) => top + heightOf(panel) + BELOW_PANEL, HEAD),
  )
  return {
    title: [
      { text: title, left: 12, top: 8, textStyle: text(16, 'bold') },
      { text: 'Dots are medians; half of the rounds lie within the lines', left: 12, top: 32, textStyle: text(12) },
    ],
    legend: {
      show: hasPeers,
      data: [OURS.name, OTHERS.name],
      right: RIGHT,
      top: 30,
      itemWidth: 12,
      textStyle: text(LABEL),
    },
    grid: panels.map((panel, i) => ({
      left,
      right: RIGHT,
      top: tops[i],
      height: heightOf(panel),
      outerBoundsMode: 'none',
    })),
    xAxis: panels.map(valueAxis),
    yAxis: panels.map((panel, gridIndex) => nameAxis(panel, gridIndex, left)),
    series: panels.flatMap(seriesOf),
  } as EChartsOption
}

/** A heading when there is one, then the dots below it. */
type Line = { readonly heading: string } | Dot

function linesOf({ groups }: DotPanel): Line[] {
  const withHeadings = groups.length > 1 || groups.some(({ title }) => title !== '')
  return groups.flatMap(({ title, dots }: DotGroup): Line[] =>
    withHeadings ? [{ heading: title }, ...dots] : [...dots],
  )
}

function heightOf(panel: DotPanel): number {
  return linesOf(panel).length * LINE
}

function widthOfLabels(panels: readonly DotPanel[]): number {
  const lengths = panels.flatMap(linesOf).map((line) => ('heading' in line ? line.heading : line.label).length)
  return Math.min(WIDEST_LABEL, Math.max(...lengths) * LETTER) + GAP
}

/** Ticks are round in this. */
function scaleOf(unit: Unit): number {
  return unit === 'MiB' ? 2 ** 20 : 1
}

function extentOf(panel: DotPanel): { min: number; max: number } {
  const dots = panel.groups.flatMap(({ dots }) => dots)
  const values = dots.flatMap(({ value, quartiles = [value, value] }) => [value, ...quartiles])
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value / scaleOf(panel.unit)) as [
    number,
    number,
  ]
  if (panel.scale === 'linear') return { min: Math.min(0, least), max: most * 1.02 || 1 }
  return { min: 10 ** Math.floor(Math.log10(least)), max: 10 ** Math.ceil(Math.log10(most)) }
}

function valueAxis(panel: DotPanel, gridIndex: number): object {
  const { axis, unit, scale } = panel
  return {
    type: scale === 'logarithmic' ? 'log' : 'value',
    ...extentOf(panel),
    gridIndex,
    name: axis,
    nameLocation: 'middle',
    nameGap: 28,
    nameTextStyle: text(LABEL),
    axisLabel: {
      ...text(11),
      hideOverlap: true,
      // A linear axis ends where the dots do, which is rarely a round number.
      showMaxLabel: scale === 'logarithmic',
      formatter: (value: number) => formatValue(value * scaleOf(unit), unit),
    },
    axisLine: { show: true, onZero: false, lineStyle: { color: TEXT } },
    splitLine: { lineStyle: { color: RULE } },
    splitNumber: 5,
  }
}

function nameAxis(panel: DotPanel, gridIndex: number, left: number): object {
  return {
    type: 'category',
    gridIndex,
    inverse: true,
    data: linesOf(panel).map((line) => ('heading' in line ? `{heading|${line.heading}}` : line.label)),
    axisTick: { show: false },
    axisLine: { show: true, onZero: false, lineStyle: { color: TEXT } },
    axisLabel: {
      ...text(LABEL),
      interval: 0,
      width: left - GAP,
      overflow: 'break',
      lineHeight: 11,
      rich: { heading: text(LABEL, 'bold') },
    },
  }
}

function seriesOf(panel: DotPanel, index: number): object[] {
  const place = { xAxisIndex: index, yAxisIndex: index, silent: true }
  const rows = linesOf(panel).flatMap((line, row) => ('heading' in line ? [] : [{ ...line, row }]))
  const scale = scaleOf(panel.unit)
  const ends = rows.map(({ value, quartiles: [low, high] = [value, value], row }) => [low / scale, row, high / scale])
  const lookOf = ({ isOurs }: Dot) => (isOurs ? OURS : OTHERS)
  const spread: CustomSeriesOption = {
    type: 'custom',
    data: ends,
    renderItem: (params, api) => {
      const [x1, y1] = api.coord([api.value(0), api.value(1)]) as [number, number]
      const [x2] = api.coord([api.value(2), api.value(1)]) as [number, number]
      const { color } = lookOf(rows[params.dataIndex] as Dot)
      return { type: 'line', shape: { x1, y1, x2, y2: y1 }, style: { stroke: color, lineWidth: 3, opacity: 0.5 } }
    },
  }
  const dots = [OURS, OTHERS].map((look) => ({
    type: 'scatter',
    ...look,
    data: rows.filter((row) => lookOf(row) === look).map(({ value, row }) => [value / scale, row]),
  }))
  const values = {
    type: 'scatter',
    symbolSize: 10,
    itemStyle: { color: 'transparent' },
    label: {
      show: true,
      position: 'right',
      ...text(11),
      formatter: ({ dataIndex }: { dataIndex: number }) => formatValue((rows[dataIndex] as Dot).value, panel.unit),
    },
    data: ends.map(([, row, high]) => [high, row]),
  }
  return [spread, ...dots, values].map((series) => ({ ...series, ...place }))
}
