// Names of files, functions and kinds come from the recorded program, which may be anyone's: nothing of it may
// end the element that it stands in.

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Control characters, and those that turn the direction of what follows: a name could hide behind them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for.
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/** Shows characters that cannot be seen as escapes, such as `\u202e`. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** For text and for attributes in quotation marks. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
}

/** JSON for a script element, its texts made visible: without `<` nothing in it can end the element or open a comment. */
export function jsonForScript(value: unknown): string {
  const shown = (_: string, part: unknown) => (typeof part === 'string' ? visible(part) : part)
  return JSON.stringify(value, shown).replaceAll('<', '\\u003c')
}
