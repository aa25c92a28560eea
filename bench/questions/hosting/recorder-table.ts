/** What the programs of examples/recorder show every tenth of their iterations. */
export interface RecorderRow {
  readonly iteration: number
  readonly readings: number
  readonly sensors: number
  readonly connections: number
  readonly scopes: number
  readonly handles: number
  readonly heapKiB: number
}

const COLUMNS: readonly (keyof RecorderRow)[] = [
  'iteration',
  'readings',
  'sensors',
  'connections',
  'scopes',
  'handles',
  'heapKiB',
]

/** Flags of the engine. What it compiles of a program it goes on compiling for some 10,000 iterations, and counts it as heap. */
export const WITHOUT_COMPILERS = ['--no-opt', '--no-sparkplug', '--no-maglev']

/** @throws Error for a row that has other columns */
export function recorderRowsOf(stdout: string): RecorderRow[] {
  return stdout
    .split('\n')
    .filter((line) => line.endsWith(' KiB'))
    .map(rowOf)
}

function rowOf(line: string): RecorderRow {
  const figures = line.match(/[\d,]+/g)?.map((figure) => Number(figure.replaceAll(',', ''))) ?? []
  if (figures.length !== COLUMNS.length) throw new Error(`The recorder printed "${line}".`)
  return Object.fromEntries(COLUMNS.map((column, place) => [column, figures[place]])) as unknown as RecorderRow
}
