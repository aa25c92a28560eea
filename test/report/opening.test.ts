import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { describe, expect, it } from 'vitest'
import type { Recording } from '../../lib/recording/recording.js'
import { renderReport } from '../../lib/report/index.js'
import { skipWhenSanitized } from '../support/sanitized.js'
import * as recordings from './fixtures/recordings.js'
import { browserOfTests, type View, type ViewOptions } from './support/browser.js'

const browser = browserOfTests()

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const REPORTS: [string, () => Recording, ViewOptions?][] = [
  ['of a leaky server', recordings.leakyServer],
  ['of two recordings', recordings.leakyServer, { comparedWith: recordings.earlierServer() }],
  ['of two recordings that are the same', recordings.leakyServer, { comparedWith: recordings.leakyServer() }],
  ['of a program that leaks nothing', recordings.cleanServer],
  ['of counts', recordings.countsOnly],
  ['of samples', () => recordings.recording({ sites: recordings.leakyServer().sites, level: 'sampled' })],
  ['of nothing', recordings.nothingOpened],
  ['of a program that was killed', recordings.cutOff],
  ['with names that attack it', recordings.hostile],
]

const overflow = ({ page }: View) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

const openDetail = async ({ page }: View) => {
  const opener = page.locator('#sites tbody .open').first()
  if ((await opener.count()) > 0) await opener.click()
}

describe.each(REPORTS)('a report %s', (_, make, options) => {
  it.each([1280, 400])('opens without a word on the console, asks for nothing, and fits %i pixels', async (width) => {
    await using view = await browser.open(make(), { ...options, width })
    expect(await view.page.locator('h1').textContent()).not.toBe('')
    expect(await overflow(view)).toBe(0)
    await openDetail(view)
    expect(await overflow(view)).toBe(0)
    const detail = view.page.locator('dialog')
    expect(await detail.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
    expect(view.problems).toEqual([])
  })
})

describe.each([
  ['light', false],
  ['dark', true],
] as const)('with %s colors', (_, dark) => {
  it.each([1280, 400])('everything can be read and reached at %i pixels', async (width) => {
    await using view = await browser.open(recordings.leakyServer(), {
      comparedWith: recordings.earlierServer(),
      width,
      dark,
    })
    expect(await violations(view)).toEqual([])
    await openDetail(view)
    expect(await violations(view)).toEqual([])
  })

  it('the names in the flame graph have a contrast of 4.5 to 1', async () => {
    await using view = await browser.open(recordings.leakyServer(), { dark })
    await view.page.getByLabel('Search the flame graph').fill('decode')
    await expect.poll(() => view.page.locator('.matches').textContent()).toContain('match')
    await view.page.locator('.flames g', { hasText: 'upload' }).first().click()
    const found = await view.page.locator('.flames g').evaluateAll(contrasts)
    expect(found.length).toBeGreaterThan(5)
    expect(Math.min(...found)).toBeGreaterThanOrEqual(4.5)
  })
})

/** Runs in the page. Of text on the ground that it has there, faded as it is. */
function contrasts(frames: Element[]): number[] {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const pixel = (...layers: [color: string, opacity: number][]) => {
    if (context === null) return [0, 0, 0]
    for (const [color, opacity] of layers) {
      context.globalAlpha = opacity
      context.fillStyle = color
      context.fillRect(0, 0, 1, 1)
    }
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)]
  }
  const luminance = (channels: number[]) => {
    const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
      const share = channel / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  return frames.map((frame) => {
    const style = (selector: string) => getComputedStyle(frame.querySelector(selector) as Element)
    const surface = getComputedStyle(frame.closest('.flames') as Element).backgroundColor
    const opacity = Number(getComputedStyle(frame).opacity)
    const ground = luminance(pixel([surface, 1], [style('rect').fill, opacity]))
    const text = luminance(pixel([surface, 1], [style('rect').fill, opacity], [style('div').color, opacity]))
    return (Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05)
  })
}

async function violations({ page }: View): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(
    (): Promise<AxeResults> => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target} ${failureSummary}`),
  )
}

describe('colors', () => {
  it('are those of the system until the button is pressed, in the charts as well', async () => {
    await using view = await browser.open(recordings.leakyServer(), { dark: true })
    const { page } = view
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const chart = () =>
      page
        .locator('.chart canvas')
        .first()
        .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL())
    const [darkGround, darkChart] = [await ground(), await chart()]
    await page.getByRole('button', { name: 'Light colors' }).click()
    await expect.poll(chart).not.toBe(darkChart)
    expect(await ground()).not.toBe(darkGround)
    await page.getByRole('button', { name: 'Dark colors' }).click()
    await expect.poll(chart).toBe(darkChart)
    expect(await ground()).toBe(darkGround)
  })
})

describe('names that attack the page', () => {
  it('are texts, and run nothing', async () => {
    await using view = await browser.open(recordings.hostile(), { comparedWith: recordings.leakyServer() })
    const { page } = view
    await openDetail(view)
    await page.locator('dialog').press('Escape')
    await page.locator('.flames g').nth(3).hover()
    await page.locator('.chart').first().hover()
    expect(await page.evaluate(() => (globalThis as { attacked?: boolean }).attacked)).toBeUndefined()
    expect(await page.locator('img, main svg:not(.flames svg)').count()).toBe(0)
    const shown = (await page.locator('#sites .place code').allTextContents()).join('\n')
    for (const text of recordings.HOSTILE.slice(0, 3)) expect(shown).toContain(text)
    expect(view.problems).toEqual([])
  })

  it('could load nothing if they did run, and we would hear of it', async () => {
    await using view = await browser.open(recordings.leakyServer())
    const load = () =>
      new Promise((resolve) => {
        const image = new Image()
        image.onerror = image.onload = resolve
        image.src = 'http://127.0.0.1:9/image.png'
      })
    await view.page.evaluate(load)
    await expect.poll(() => view.problems.join('\n')).toContain('Content Security Policy')
  })
})

describe('a report of a million handles', () => {
  it('is made in 5 seconds and opens in 3', async (context) => {
    skipWhenSanitized(context)
    const recording = recordings.manySites()
    const started = performance.now()
    renderReport(recording)
    expect(performance.now() - started).toBeLessThan(5000)
    const times: number[] = []
    for (let round = 0; round < 3; round++) {
      await using view = await browser.open(recording)
      times.push(view.openedIn)
      expect(await view.page.locator('#sites .shown').textContent()).toBe('1–50 of 5,000')
      expect(view.problems).toEqual([])
    }
    expect(times.sort((a, b) => a - b)[1]).toBeLessThan(3000)
  })
})
