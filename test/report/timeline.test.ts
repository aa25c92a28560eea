import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { leakyServer } from './fixtures/recordings.js'
import { browserOfTests, tooltip, type View } from './support/browser.js'

const browser = browserOfTests()

const server = (): Promise<View> => browser.open(leakyServer())

describe('the timeline', () => {
  // A pixel from the end of ten minutes.
  const AT_END = /^after (9 min 59 s|10 min)$/

  /** What the tooltip says of a place in the chart: 0 is its left end, 1 its right one. */
  const timeAt = async (page: Page, share: number) => {
    const plot = page.locator('.chart .u-over').first()
    await plot.scrollIntoViewIfNeeded()
    const box = (await plot.boundingBox()) as { x: number; y: number; width: number; height: number }
    await page.mouse.move(0, 0)
    await page.mouse.move(box.x + 1 + share * (box.width - 2), box.y + box.height / 2)
    return await tooltip(page).locator('.tooltip-title').textContent()
  }
  const drag = async (page: Page, from: number, to: number) => {
    const box = (await page.locator('.chart .u-over').first().boundingBox()) as { x: number; y: number; width: number }
    await page.mouse.move(box.x + from * box.width, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + to * box.width, box.y + 30, { steps: 4 })
    await page.mouse.up()
  }
  const reset = (page: Page) => page.locator('#timeline').getByRole('button', { name: 'Reset zoom' })

  it('has a tooltip with every kind that is open then, and the memory of the process', async () => {
    await using view = await server()
    expect(await timeAt(view.page, 1)).toMatch(AT_END)
    const text = await tooltip(view.page).textContent()
    for (const name of ['NativeBuffer', 'MappedFile', 'Db', 'RSS of the process']) expect(text).toContain(name)
    expect(text).toMatch(/NativeBuffer9[56](\.\d)? MiB/)
    await view.page.mouse.move(0, 0)
    expect(await tooltip(view.page).count()).toBe(0)
  })

  it('says of a collection how long it took', async () => {
    await using view = await server()
    const { collections } = leakyServer()
    await timeAt(view.page, (collections[0]?.at as number) / 600_000)
    expect(await tooltip(view.page).textContent()).toContain('minor collection, 1.6 ms')
  })

  it('zooms by dragging, in both charts, and goes back', async () => {
    await using view = await server()
    const { page } = view
    await timeAt(page, 0)
    await drag(page, 0.5, 0.75)
    expect(await timeAt(page, 0)).toMatch(/^after (4 min 5\d s|5 min( \d s)?)$/)
    await page.locator('.chart').nth(1).scrollIntoViewIfNeeded()
    const second = (await page.locator('.chart .u-over').nth(1).boundingBox()) as { x: number; y: number }
    await page.mouse.move(second.x + 1, second.y + 60)
    expect(await tooltip(page).locator('.tooltip-title').textContent()).toMatch(/^after (4 min 5\d s|5 min( \d s)?)$/)
    await reset(page).click()
    expect(await reset(page).isDisabled()).toBe(true)
    expect(await timeAt(page, 0)).toBe('after 0 ms')
    expect(await timeAt(page, 1)).toMatch(AT_END)
  })

  it('zooms by Ctrl and the wheel, and scrolls without Ctrl', async () => {
    await using view = await server()
    const { page } = view
    await timeAt(page, 1)
    await page.mouse.wheel(0, -100)
    expect(await reset(page).isDisabled()).toBe(true)
    await timeAt(page, 1)
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -100)
    await page.keyboard.up('Control')
    await expect.poll(() => reset(page).isDisabled()).toBe(false)
    expect(await timeAt(page, 1)).toMatch(AT_END)
    expect(await timeAt(page, 0)).not.toBe('after 0 ms')
  })

  it('can be read and zoomed with the keyboard', async () => {
    await using view = await server()
    const { page } = view
    await page.locator('.chart').first().focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => tooltip(page).locator('.tooltip-title').textContent()).toBe('after 0 ms')
    await page.keyboard.press('+')
    expect(await reset(page).isDisabled()).toBe(false)
    await page.keyboard.press('Shift+ArrowRight')
    await expect
      .poll(() => page.locator('#timeline [role=status]').textContent())
      .toMatch(/^after .* min.*RSS of the process \d/)
    await page.keyboard.press('0')
    expect(await reset(page).isDisabled()).toBe(true)
  })

  it('leaves out what its legend has switched off', async () => {
    await using view = await server()
    const { page } = view
    const entry = page.locator('.legend').getByRole('button', { name: 'NativeBuffer' })
    await entry.press('Enter')
    expect(await entry.getAttribute('aria-pressed')).toBe('false')
    await timeAt(page, 1)
    expect(await tooltip(page).textContent()).not.toContain('NativeBuffer')
    await entry.click()
    await timeAt(page, 1)
    expect(await tooltip(page).textContent()).toContain('NativeBuffer')
  })

  it('zooms in and out by its buttons, by a wheel turned back, and by plus and minus', async () => {
    await using view = await server()
    const { page } = view
    const button = (name: string) => page.locator('#timeline').getByRole('button', { name })
    const isWhole = () => reset(page).isDisabled()
    await button('Zoom in').click()
    expect(await isWhole()).toBe(false)
    await button('Zoom out').click()
    expect(await isWhole()).toBe(true)
    await page.locator('.chart').first().focus()
    await page.keyboard.press('+')
    expect(await isWhole()).toBe(false)
    await page.keyboard.press('-')
    expect(await isWhole()).toBe(true)
    await button('Zoom in').click()
    await timeAt(page, 0.5)
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, 100)
    await page.keyboard.up('Control')
    await expect.poll(isWhole).toBe(true)
  })

  it('is entered from its end by the left arrow, which moves back along it', async () => {
    await using view = await server()
    const { page } = view
    const title = () => tooltip(page).locator('.tooltip-title').textContent()
    await page.locator('.chart').first().focus()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(title).toMatch(AT_END)
    await page.keyboard.press('Shift+ArrowLeft')
    await expect.poll(title).toMatch(/^after (8 min 5\d s|9 min( \d s)?)$/)
  })

  it('leaves out the memory of the process and the collections, too', async () => {
    await using view = await server()
    const { page } = view
    const share = (leakyServer().collections[0]?.at as number) / 600_000
    await page.locator('.legend').getByRole('button', { name: 'RSS of the process' }).click()
    await page.locator('.legend').getByRole('button', { name: 'forced collections' }).click()
    await timeAt(page, share)
    const text = await tooltip(page).textContent()
    expect(text).not.toContain('RSS of the process')
    expect(text).not.toContain('collection')
    expect(text).toContain('NativeBuffer')
  })

  it('says of which thread a collection was, and sums up those that are too near to be told apart', async () => {
    const collection = { kind: 'major' as const, milliseconds: 12, thread: 3 }
    const near = [300_000, 300_100].map((at) => ({ ...collection, at }))
    await using view = await browser.open({ ...leakyServer(), collections: [{ ...collection, at: 60_000 }, ...near] })
    await timeAt(view.page, 60_000 / 600_000)
    expect(await tooltip(view.page).textContent()).toContain('major collection of thread 3, 12 ms')
    await timeAt(view.page, 0.5)
    expect(await tooltip(view.page).textContent()).toContain('2 collections, 24 ms together')
  })

  it('is as wide as the window lets it be', async () => {
    await using view = await server()
    const { page } = view
    const chart = page.locator('.chart').first()
    const width = () => chart.evaluate((host) => host.clientWidth)
    const drawn = () => chart.locator('canvas').evaluate((canvas) => canvas.clientWidth)
    const wide = await width()
    await page.setViewportSize({ width: 900, height: 900 })
    await expect.poll(width).toBeLessThan(wide)
    await expect.poll(drawn).toBe(await width())
  })
})
