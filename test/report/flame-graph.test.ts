import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { SiteTotals } from '../../lib/recording/recording.js'
import { leakyServer, recording, site } from './fixtures/recordings.js'
import { browserOfTests, tooltip, type View } from './support/browser.js'

const browser = browserOfTests()

const server = (): Promise<View> => browser.open(leakyServer())

const frame = (page: Page, text: string) => page.locator('.flames g', { hasText: text }).first()
const widthOf = async (locator: Locator) => Math.round((await locator.boundingBox())?.width ?? 0)
const mebibytes = (bytesOf: (site: SiteTotals) => number) =>
  `${Math.round(leakyServer().sites.reduce((sum, one) => sum + bytesOf(one), 0) / 2 ** 20)} MiB`

describe('the flame graph', () => {
  it('counts and highlights what a search finds', async () => {
    await using view = await server()
    const { page } = view
    const color = () => frame(page, 'decode').locator('rect').getAttribute('fill')
    const plain = await color()
    await page.getByLabel('Search the flame graph').fill('DECODE.js')
    // 96 of the 162 MiB.
    await expect.poll(() => page.locator('.matches').textContent()).toBe('1 frame matches, 59 %')
    expect(await color()).not.toBe(plain)
    await page.getByLabel('Search the flame graph').fill('no such thing')
    await expect.poll(() => page.locator('.matches').textContent()).toBe('0 frames match, 0 %')
    expect(await color()).toBe(plain)
    await page.getByLabel('Search the flame graph').fill('')
    await expect.poll(() => page.locator('.matches').textContent()).toBe('')
  })

  it('zooms to what is clicked, lists its sites, and goes back', async () => {
    await using view = await server()
    const { page } = view
    // Of what there is in all now. Widths move to where they belong, as the page finds its own and after a zoom.
    const shareOfTick = async () => {
      const all = await widthOf(frame(page, 'all').locator('rect'))
      return (await widthOf(frame(page, 'tick').locator('rect'))) / all
    }
    await expect.poll(shareOfTick).toBeCloseTo(54 / 162, 2)
    await frame(page, 'tick').click()
    await expect.poll(shareOfTick).toBe(1)
    expect(await page.locator('.focused').textContent()).toContain('tick src/jobs/queue.js:29, 54 MiB, 33 %')
    await page.getByRole('button', { name: 'List its sites' }).click()
    await expect.poll(() => page.locator('#sites .shown').textContent()).toBe('1–2 of 2 (11 in all)')
    await page.locator('#flame-graph').getByRole('button', { name: 'Reset zoom' }).click()
    await expect.poll(shareOfTick).toBeCloseTo(54 / 162, 2)
  })

  it('shows what leaked and what churned, in bytes and in handles', async () => {
    await using view = await server()
    const { page } = view
    const root = () => page.locator('.flames g').first().getAttribute('aria-label')
    expect(await root()).toBe('all, 162 MiB, 100 %')
    await page.getByRole('radio', { name: 'Leaked' }).check()
    expect(await root()).toBe(`all, ${mebibytes(({ liveBytes, finalizedBytes }) => liveBytes + finalizedBytes)}, 100 %`)
    await page.getByRole('radio', { name: 'Live at the end' }).check()
    await page.getByRole('radio', { name: 'Handles' }).check()
    expect(await root()).toBe('all, 1,351 handles, 100 %')
    await page.getByRole('radio', { name: 'Leaked' }).check()
    expect(await root()).toBe('all, 2,328 handles, 100 %')
    await page.getByRole('radio', { name: 'Most churned' }).check()
    expect(await root()).toBe('all, 118,034 handles, 100 %')
  })

  it('has a tooltip', async () => {
    await using view = await server()
    await frame(view.page, 'NativeBuffer').hover()
    const text = await tooltip(view.page).textContent()
    for (const part of ['NativeBuffer', 'src/images/decode.js:41', '96 MiB', '59 %', '8,204'])
      expect(text).toContain(part)
  })

  it('can be walked and zoomed with the keyboard', async () => {
    await using view = await server()
    const { page } = view
    const focused = () => page.evaluate(() => document.activeElement?.textContent)
    await page.locator('.flames g[tabindex="0"]').focus()
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toContain('onRequest')
    await page.keyboard.press('ArrowRight')
    expect(await focused()).toContain('processTimers')
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toContain('tick')
    expect(await tooltip(page).textContent()).toContain('src/jobs/queue.js:29')
    await page.keyboard.press('Enter')
    expect(await focused()).toContain('tick')
    expect(await page.locator('.focused').textContent()).toContain('tick')
    await page.keyboard.press('Escape')
    expect(await page.locator('.focused').textContent()).toBe('')
    expect(await page.locator('.flames g[tabindex="0"]').count()).toBe(1)
  })

  it('opens the details of a kind at the end of a stack', async () => {
    await using view = await server()
    await frame(view.page, 'NativeBuffer').click()
    await view.page.getByRole('button', { name: 'Open details' }).click()
    expect(await view.page.locator('dialog h2').textContent()).toBe('src/images/decode.js:41')
  })

  it('begins with what leaked where nothing is left, and says so where there is nothing to show', async () => {
    const sites = leakyServer().sites.map((one) => ({ ...one, live: 0, liveBytes: 0 }))
    await using view = await browser.open(recording({ sites }))
    const { page } = view
    expect(await page.getByRole('radio', { name: 'Leaked' }).isChecked()).toBe(true)
    await page.getByRole('radio', { name: 'Live at the end' }).check()
    expect(await page.locator('.flames').textContent()).toBe('Nothing was open at the end.')
    await page.getByLabel('Search the flame graph').fill('decode')
    await expect.poll(() => page.locator('.matches').textContent()).toBe('0 frames match, 0 %')
  })

  it('keeps what was searched for when it shows something else', async () => {
    await using view = await server()
    const { page } = view
    await page.getByLabel('Search the flame graph').fill('decode.js')
    await expect.poll(() => page.locator('.matches').textContent()).toBe('1 frame matches, 59 %')
    await page.getByRole('radio', { name: 'Handles' }).check()
    await expect.poll(() => page.locator('.matches').textContent()).toBe('1 frame matches, 7.1 %')
  })

  it('is as wide as the window lets it be', async () => {
    await using view = await server()
    const { page } = view
    const width = () => widthOf(frame(page, 'all').locator('rect'))
    await expect.poll(width).toBeGreaterThan(1000)
    await page.setViewportSize({ width: 900, height: 900 })
    await expect.poll(width).toBeLessThan(900)
    expect(await page.locator('.flames g[tabindex="0"]').count()).toBe(1)
  })

  it('goes back by the keys it came by, and stays where there is nothing further', async () => {
    await using view = await server()
    const { page } = view
    const focused = () => page.evaluate(() => document.activeElement?.textContent)
    await page.locator('.flames g[tabindex="0"]').focus()
    await page.keyboard.press('ArrowUp')
    expect(await focused()).toMatch(/^all/)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowRight')
    expect(await focused()).toContain('processTimers')
    await page.keyboard.press('ArrowLeft')
    expect(await focused()).toContain('onRequest')
    await page.keyboard.press('ArrowUp')
    expect(await focused()).toMatch(/^all/)
  })

  it('has one frame for all that was opened without a stack, which has no line to list', async () => {
    const [first] = leakyServer().sites
    const unknown = ['Db', 'Statement'].map((kind) => site({ kind, stack: [], opened: 4, openedBytes: 400, live: 4 }))
    const known = site({ kind: 'Db', stack: first?.stack ?? [], opened: 1, openedBytes: 200, live: 1 })
    await using view = await browser.open(recording({ sites: [...unknown, known], level: 'sampled' }))
    const { page } = view
    expect(await frame(page, '(no stack recorded)').getAttribute('aria-label')).toBe('(no stack recorded), 800 B, 80 %')
    await frame(page, '(no stack recorded)').click()
    expect(await page.locator('.focused').textContent()).toBe('(no stack recorded), 800 B, 80 %')
  })
})
