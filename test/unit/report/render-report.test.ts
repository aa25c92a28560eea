import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { renderReport } from '../../../lib/report/index.js'
import { earlierServer, HOSTILE, hostile, leakyServer, manySites } from '../../report/fixtures/recordings.js'

describe('the page of a report', () => {
  it('is one file: it refers to nothing outside of it', () => {
    const page = renderReport(leakyServer())
    const tags = page.replace(/<script[\s\S]*?<\/script>|<style>[\s\S]*?<\/style>|<pre[\s\S]*?<\/pre>/g, '')
    expect(tags.match(/(?:src|href)="(?!data:|#)[^"]*"/g)).toBeNull()
    expect(page.match(/@import|url\((?!data:)/g)).toBeNull()
  })

  it('allows its own script and styles, and nothing else', () => {
    const page = renderReport(leakyServer())
    const policy = page.match(/Content-Security-Policy" content="([^"]*)"/)?.[1] ?? ''
    const hash = (text = '') => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hash(page.match(/<script>([\s\S]*?)<\/script>/)?.[1])}`,
      `style-src ${hash(page.match(/<style>([\s\S]*?)<\/style>/)?.[1])}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
    ])
  })

  it('has a language, a title and landmarks', () => {
    const page = renderReport(leakyServer())
    expect(page).toContain('<html lang="en">')
    expect(page).toContain('<title>node src/server.js --port 8080 · Holdfast report</title>')
    for (const landmark of ['header', 'main', 'footer'])
      expect(page.match(new RegExp(`<${landmark}[ >]`, 'g'))).toHaveLength(1)
  })

  it('has no markup of the recording, whatever it is called there', () => {
    const page = renderReport(hostile(), { comparedWith: hostile() })
    for (const text of HOSTILE.slice(0, 3)) expect(page).not.toContain(text)
    expect(page.match(/<\/script>/g)).toHaveLength(2)
    expect(page.match(/<title>(.*)<\/title>/)?.[1]).not.toContain('<')
  })

  it('compares only when there is something to compare with', () => {
    expect(renderReport(leakyServer())).not.toContain('id="difference"')
    expect(renderReport(leakyServer(), { comparedWith: earlierServer() })).toContain('id="difference"')
  })

  it('says which libraries are in it, and under which licenses', () => {
    const page = renderReport(leakyServer())
    for (const name of ['uplot', 'd3-flame-graph', 'd3-selection'])
      expect(page).toMatch(new RegExp(`\\n?${name} \\d+\\.\\d`))
    expect(page).toContain('Apache License')
  })

  it('stays under a megabyte, and under two with 5,000 sites', () => {
    expect(renderReport(leakyServer()).length).toBeLessThan(2 ** 20)
    expect(renderReport(manySites()).length).toBeLessThan(2 * 2 ** 20)
  })
})
