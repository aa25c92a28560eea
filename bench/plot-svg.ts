import type { EChartsOption } from 'echarts'
import type { Axis, Line, Panel, Plot, Row } from './plot.js'
import { drawSvg, RULE, TEXT, text, WIDTH } from './svg.js'

const HEAD = 72
const ROW = 256
const MARGIN = { left: 70, right: 16, between: 30, top: 50, bottom: 52 }

export function plotSvg(plot: Plot): string {
  const { title, description, rows } = plot
  const height = HEAD + rows.length * ROW
  // Lines of many points: whole pixels halve the file and are not seen.
  return drawSvg({ title, description, width: WIDTH, height, option: optionOf(plot), decimals: 0 })
}

function optionOf({ title, rows }: Plot): EChartsOption {
  const panels = rows.flatMap((row, index) => placePanels(row, HEAD + index * ROW))
  const lines = panels.flatMap(({ panel }) => panel.lines)
  return {
    title: [
      { text: title, left: 12, top: 8, textStyle: text(16, 'bold') },
      ...rows.map((row, index) => ({
        text: row.title,
        left: 12,
        top: HEAD + index * ROW,
        textStyle: text(13, 'bold'),
      })),
      ...panels.map(({ panel, box }) => ({
        text: panel.title,
        left: box.left - 5,
        top: box.top - 26,
        textStyle: text(12),
      })),
    ],
    legend: {
      data: [...new Set(lines.map(({ name }) => name))],
      icon: 'roundRect',
      left: 12,
      top: 34,
      itemGap: 18,
      textStyle: text(12),
    },
    grid: panels.map(({ box }) => box),
    xAxis: panels.map(({ panel }, gridIndex) => ({ ...axis(panel.x, LOGARITHMIC_LABELS), nameGap: 26, gridIndex })),
    yAxis: panels.map(({ row, isFirst }, gridIndex) => {
      const inRow = isFirst ? {} : { name: '', axisLabel: { show: false } }
      return { ...axis(row.y, {}), nameGap: 46, gridIndex, ...inRow }
    }),
    series: panels.flatMap(({ panel }, index) => panel.lines.map((line) => series(line, index))),
  } as EChartsOption
}

interface PlacedPanel {
  readonly panel: Panel
  readonly row: Row
  readonly isFirst: boolean
  readonly box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number }
}

function placePanels(row: Row, top: number): PlacedPanel[] {
  const count = row.panels.length
  const width = (WIDTH - MARGIN.left - MARGIN.right - (count - 1) * MARGIN.between) / count
  const height = ROW - MARGIN.top - MARGIN.bottom
  return row.panels.map((panel, place) => {
    const left = MARGIN.left + place * (width + MARGIN.between)
    return { panel, row, isFirst: place === 0, box: { left, top: top + MARGIN.top, width, height } }
  })
}

// An axis ends where the data ends, which is rarely a round number; of a logarithmic one both ends are.
// No label may reach into the panel beside.
const LINEAR_LABELS = { showMaxLabel: false, hideOverlap: true } as const
const LOGARITHMIC_LABELS = { alignMinLabel: 'left', alignMaxLabel: 'right' } as const

function axis({ title, scale, min, max, as }: Axis, logarithmicLabels: object): object {
  const labels = scale === 'logarithmic' ? logarithmicLabels : LINEAR_LABELS
  return {
    type: scale === 'logarithmic' ? 'log' : 'value',
    min,
    max,
    name: title,
    nameLocation: 'middle',
    nameTextStyle: text(12),
    axisLabel: { ...text(11), ...labels, formatter: as === 'percent' ? percent : thousands },
    axisLine: { show: true, onZero: false, lineStyle: { color: TEXT } },
    splitLine: { lineStyle: { color: RULE } },
    splitNumber: 4,
  }
}

function thousands(value: number): string {
  return Math.abs(value) >= 1000 ? `${value / 1000}k` : String(value)
}

function percent(value: number): string {
  return `${Number((value * 100).toPrecision(2))} %`
}

const MARK = 9

/** What a line of each style looks like. */
function look({ style = 'line', color }: Line): object {
  switch (style) {
    case 'area':
      return { showSymbol: false, lineStyle: { width: 0 }, areaStyle: { color, opacity: 1 } }
    case 'line':
      return { showSymbol: false, lineStyle: { width: 1.5 } }
    case 'dashed':
      return { showSymbol: false, lineStyle: { width: 1.5, type: 'dashed' } }
    case 'marked':
      return { symbol: 'circle', symbolSize: MARK, showAllSymbol: true, lineStyle: { width: 1.5 } }
    case 'points':
      return { symbol: 'diamond', symbolSize: MARK * 1.5, showAllSymbol: true, lineStyle: { width: 0 } }
  }
}

function series(line: Line, index: number): object {
  const { name, color, points } = line
  const place = { xAxisIndex: index, yAxisIndex: index }
  return {
    type: 'line',
    name,
    color,
    data: points,

    silent: true,
    clip: true,
    ...place,
    ...look(line),
  }
}
