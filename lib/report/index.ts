import type { Recording } from '../recording/recording.js'

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)

/** One page of HTML that shows a recording. */
export function renderReport(recording: Recording, _options: { comparedWith?: Recording } = {}): string {
  const title = `Recording of ${escaped(recording.header.command.join(' '))}`
  return `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${recording.total.opened} handles</p>\n`
}
