import { parseArgs } from 'node:util'
import { createToken, type ServiceProviderOptions } from 'holdfast/hosting'

export interface RecorderSettings {
  /** The file of the database. */
  readonly database: string
  /** After how many to end. */
  readonly iterations: number
  /** Milliseconds from the end of one iteration to the start of the next. */
  readonly interval: number
  /** How many iterations there are from one line of the table to the next. */
  readonly every: number
  /** Collect garbage before the heap is looked at. */
  readonly gc: boolean
  readonly rootTransients: NonNullable<ServiceProviderOptions['rootTransients']>
}

export const RecorderSettings = createToken<RecorderSettings>('RecorderSettings')

/** From the command line. */
export function readSettings(): RecorderSettings {
  const { values } = parseArgs({
    options: {
      database: { type: 'string', default: 'readings.db' },
      iterations: { type: 'string', default: '1000' },
      interval: { type: 'string', default: '0' },
      every: { type: 'string' },
      gc: { type: 'boolean', default: false },
      'root-transients': { type: 'string', default: 'warn' },
    },
  })
  const iterations = wholeNumber('iterations', values.iterations, 1)
  return {
    database: values.database,
    iterations,
    interval: wholeNumber('interval', values.interval, 0),
    every: values.every === undefined ? Math.ceil(iterations / 10) : wholeNumber('every', values.every, 1),
    gc: values.gc,
    // The container checks it.
    rootTransients: values['root-transients'] as RecorderSettings['rootTransients'],
  }
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= least) return number
  throw new RangeError(`--${option} has to be a whole number from ${least} on, and is ${text}.`)
}
