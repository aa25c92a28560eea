import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Page, pagesUnder, parsePage } from './pages.js'

const pages = pagesUnder()
const byPath = new Map(pages.map((page) => [page.path, page]))

/** Links that lead nowhere. Those to other sites are not followed. */
function deadLinks({ path, targets, anchors }: Page): string[] {
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false
    const [file = '', anchor] = target.split('#')
    const destination = file === '' ? path : posix.join(posix.dirname(path), decodeURI(file))
    if (!existsSync(destination)) return true
    return anchor !== undefined && !(file === '' ? anchors : byPath.get(destination)?.anchors)?.has(anchor)
  })
}

describe('links', () => {
  it.each(pages.map(({ path }) => path))('of %s lead to files and headings that are there', (path) => {
    expect(deadLinks(byPath.get(path) as Page)).toEqual([])
  })

  it('that lead nowhere are found', () => {
    const page = parsePage(
      'docs/files.md',
      '# A *b* c\n[1](#a-b-c) [2](#a) [3](files.md#directories) [4](none.md) [5](files.md#x)',
    )
    expect(deadLinks(page)).toEqual(['#a', 'none.md', 'files.md#x'])
  })

  it('are many', () => {
    expect(pages.flatMap(({ targets }) => targets).length).toBeGreaterThan(100)
  })
})

describe('the guide', () => {
  const reached = (from: string) =>
    new Set(byPath.get(from)?.targets.map((target) => posix.join(posix.dirname(from), target.split('#')[0] ?? '')))

  it('has every page of docs/ in its index', () => {
    const guide = pages.map(({ path }) => path).filter((path) => /^docs\/[\w-]+\.md$/.test(path))
    const missing = guide.filter((path) => path !== 'docs/README.md' && !reached('docs/README.md').has(path))
    expect(missing).toEqual([])
  })

  it('is reached from the README', () => {
    const needed = ['docs/README.md', 'docs/troubleshooting.md', 'UPGRADING.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
    expect(needed.filter((path) => !reached('README.md').has(path))).toEqual([])
  })
})
