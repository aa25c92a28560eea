import { readFileSync } from 'node:fs'
import type { Recording } from '../recording/recording.js'
import { type PageParts, reportPage } from './page.js'
import { reportData } from './report-data.js'

export interface ReportOptions {
  /** An earlier recording of the same program: the report then says what changed since. Default: none. */
  comparedWith?: Recording
}

// From the root of the package, so that it is found from lib/ as well as from dist/.
const BUNDLE = new URL('../../dist/report/client/', import.meta.url)

let bundle: Pick<PageParts, 'script' | 'styles' | 'licenses'> | undefined

/**
 * A recording as one HTML page that needs nothing else: no other file, no network.
 * @returns The text of the page, for a file in UTF-8.
 */
export function renderReport(recording: Recording, options: ReportOptions = {}): string {
  bundle ??= { script: bundled('report.js'), styles: bundled('report.css'), licenses: bundled('LICENSES.txt') }
  const data = reportData(recording, options.comparedWith)
  return reportPage({ ...bundle, command: recording.header.command.join(' '), data })
}

function bundled(name: string): string {
  return readFileSync(new URL(name, BUNDLE), 'utf8')
}
