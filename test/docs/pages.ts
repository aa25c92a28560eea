import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

// The pages of the project, and what is on them.

/** A fenced block. */
export interface Block {
  /** What is written after the fence: `ts`, `sh`, or nothing for what a program prints. */
  readonly language: string
  readonly text: string
  /** Of its first fence, from 1. */
  readonly line: number
  /** What an HTML comment in the line before says; the rendered page does not show it. */
  readonly marker: string | undefined
}

export interface Page {
  /** From the root of the project. */
  readonly path: string
  readonly blocks: readonly Block[]
  /** The page without them. */
  readonly prose: string
  /** What a link to a heading has after its `#`. */
  readonly anchors: ReadonlySet<string>
  /** Where its links and images lead. */
  readonly targets: readonly string[]
}

const NOT_OURS = new Set(['node_modules', 'out', 'dist', 'build', 'prebuilds', '.git', 'packages'])

/** Every page under a folder. */
export function pagesUnder(folder = '.'): Page[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name)
      if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : pagesUnder(path)
      return entry.name.endsWith('.md') ? [readPage(path)] : []
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

export function readPage(path: string): Page {
  return parsePage(path, readFileSync(path, 'utf8'))
}

const FENCED = /^(?:<!-- (?<marker>.*) -->\n)?```(?<language>\S*)\n(?<text>[\s\S]*?)^```$/gm

export function parsePage(path: string, text: string): Page {
  const prose = text.replace(FENCED, '')
  return {
    path,
    prose,
    blocks: Array.from(text.matchAll(FENCED), ({ index, groups, 0: whole }) => ({
      language: groups?.['language'] ?? '',
      text: groups?.['text'] ?? '',
      line: text.slice(0, index + whole.indexOf('```')).split('\n').length,
      marker: groups?.['marker'],
    })),
    anchors: new Set(anchorsOf(prose)),
    targets: Array.from(
      prose.replace(/`[^`\n]*`/g, 'code').matchAll(/\]\(([^()\s]+)\)/g),
      ([, target]) => target ?? '',
    ),
  }
}

/** As the places where such pages are read make them: letters, digits, `_` and `-` in small letters. */
function* anchorsOf(prose: string): Iterable<string> {
  const seen = new Map<string, number>()
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} (.*)$/gm)) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = text.replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    yield count === 0 ? anchor : `${anchor}-${count}`
  }
}
