import uPlot from 'uplot'
import type { RecordedCollection } from '../../recording/recording.js'
import { bytes, count, duration } from './format.js'
import { color } from './theme.js'

// One chart of the timeline: kinds on top of each other, a line for the memory of the whole process, and a mark
// for each collection.

export interface ChartLayer {
  /** The custom property of its colour. */
  colorProperty: string
  /** How it is told from others without colour. */
  dashed?: boolean
}

export interface ChartOptions {
  unit: 'bytes' | 'handles'
  width: number
  height: number
  /** From the one drawn first; those drawn later lie on top. The ones that are not dashed are filled. */
  layers: readonly ChartLayer[]
  data: uPlot.AlignedData
  /** Which ones to mark; asked for whenever the chart is drawn. */
  collections: () => readonly RecordedCollection[]
  withTimeAxis: boolean
  /** Charts with the same key have one cursor. */
  syncKey: string
  onRange: (min: number, max: number) => void
  onCursor: (chart: uPlot) => void
}

const FONT = '12px system-ui, sans-serif'
const AXIS_WIDTH = 68
const MARKS_HEIGHT = 16

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const TIME_STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((step) => step * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((step) => step * MINUTE),
  ...[1, 2, 3, 6, 12, 24, 48, 96, 192].map((step) => step * HOUR),
]
const BYTE_STEPS = Array.from({ length: 52 }, (_, power) => 2 ** power)
const HANDLE_STEPS = Array.from({ length: 14 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat()

export function timelineChart(host: HTMLElement, options: ChartOptions): uPlot {
  const { unit, width, height, layers, data, withTimeAxis, syncKey, onRange, onCursor } = options
  const format = unit === 'bytes' ? bytes : count
  return new uPlot(
    {
      width,
      height,
      padding: [MARKS_HEIGHT, 28, withTimeAxis ? 0 : 8, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, dist: 4 },
        sync: { key: syncKey, scales: ['x', null] },
      },
      scales: { x: { time: false }, y: { range: (_, _min, max) => [0, Math.max(max, 1) * 1.04] } },
      series: [{}, ...layers.map(series)],
      axes: [
        {
          ...axisStyle(),
          show: withTimeAxis,
          size: 32,
          incrs: TIME_STEPS,
          space: 70,
          values: (_, ticks) => ticks.map(timeLabel),
        },
        {
          ...axisStyle(),
          size: AXIS_WIDTH,
          space: 36,
          incrs: unit === 'bytes' ? BYTE_STEPS : HANDLE_STEPS,
          values: (_, ticks) => ticks.map((tick) => format(tick)),
        },
      ],
      hooks: {
        draw: [(chart) => drawCollections(chart, options.collections())],
        setCursor: [onCursor],
        setScale: [
          (chart, scale) => {
            const { min, max } = chart.scales['x'] as uPlot.Scale
            if (scale === 'x' && typeof min === 'number' && typeof max === 'number') onRange(min, max)
          },
        ],
      },
    },
    data,
    host,
  )
}

function series({ colorProperty, dashed }: ChartLayer): uPlot.Series {
  const stroke = () => color(colorProperty)
  const line = { stroke, width: 1.5, points: { show: false } }
  return dashed ? { ...line, dash: [6, 4] } : { ...line, fill: () => color(`${colorProperty}-area`) }
}

function axisStyle(): uPlot.Axis {
  return {
    font: FONT,
    stroke: () => color('--muted'),
    grid: { stroke: () => color('--grid'), width: 1 },
    ticks: { show: false },
  }
}

function timeLabel(milliseconds: number): string {
  return milliseconds === 0 ? '0' : duration(milliseconds)
}

/** A triangle above the plot for each collection; major ones are larger and solid. */
function drawCollections(chart: uPlot, collections: readonly RecordedCollection[]): void {
  const { ctx, bbox } = chart
  const pixel = uPlot.pxRatio
  ctx.save()
  for (const { at, kind } of collections) {
    const x = chart.valToPos(at, 'x', true)
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    const size = (kind === 'major' ? 5 : 3.5) * pixel
    const bottom = bbox.top - 2 * pixel
    ctx.beginPath()
    ctx.moveTo(x - size, bottom - size * 1.6)
    ctx.lineTo(x + size, bottom - size * 1.6)
    ctx.lineTo(x, bottom)
    ctx.closePath()
    ctx.fillStyle = color(kind === 'major' ? '--collection' : '--muted')
    ctx.fill()
  }
  ctx.restore()
}
