import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { earlierServer, leakyServer, manySites, recording, site } from './fixtures/recordings.js'
import { ReportBrowser, type View, type ViewOptions } from './support/browser.js'

let browser: ReportBrowser
beforeAll(async () => {
  browser = await ReportBrowser.launch()
})
afterAll(() => browser[Symbol.asyncDispose]())

const server = (options?: ViewOptions): Promise<View> => browser.open(leakyServer(), options)

const tooltip = (page: Page) => page.locator('.tooltip:visible')
const frame = (page: Page, text: string) => page.locator('.flames g', { hasText: text }).first()
const widthOf = async (locator: Locator) => Math.round((await locator.boundingBox())?.width ?? 0)

describe('the head', () => {
  it('says what ran, for how long, and how it ended', async () => {
    await using view = await server()
    const head = await view.page.locator('#header').textContent()
    for (const text of ['node src/server.js --port 8080', 'node v24.11.1', '10 min', 'exit code 0', '/srv/photos']) {
      expect(head).toContain(text)
    }
  })

  it('gives the key figures', async () => {
    await using view = await server()
    const figures = await view.page.locator('.figures > div').allTextContents()
    const { total } = leakyServer()
    expect(figures[0]).toContain(total.live.toLocaleString('en'))
    expect(figures[3]).toContain(total.finalized.toLocaleString('en'))
    expect(figures[5]).toMatch(/Forced collections9\d+ ms in all/)
  })

  it('names the site that leaks most bytes first, and opens it', async () => {
    await using view = await server()
    const first = view.page.locator('.first-sites button').first()
    expect(await first.textContent()).toContain('src/images/decode.js:41')
    await first.click()
    expect(await view.page.locator('dialog h2').textContent()).toBe('src/images/decode.js:41')
  })
})

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
})

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
    // Of what there is in all now: the page may still be finding its width.
    const shareOfTick = async () => {
      const all = await widthOf(frame(page, 'all').locator('rect'))
      return (await widthOf(frame(page, 'tick').locator('rect'))) / all
    }
    const before = await shareOfTick()
    expect(before).toBeLessThan(0.5)
    await frame(page, 'tick').click()
    await expect.poll(shareOfTick).toBe(1)
    expect(await page.locator('.focused').textContent()).toContain('tick src/jobs/queue.js:29, 54 MiB, 33 %')
    await page.getByRole('button', { name: 'List its sites' }).click()
    await expect.poll(() => page.locator('#sites .shown').textContent()).toBe('1–2 of 2 (11 in all)')
    await page.locator('#flame-graph').getByRole('button', { name: 'Reset zoom' }).click()
    await expect.poll(shareOfTick).toBeCloseTo(before, 2)
  })

  it('shows what leaked and what churned, in bytes and in handles', async () => {
    await using view = await server()
    const { page } = view
    const root = () => page.locator('.flames g').first().getAttribute('aria-label')
    expect(await root()).toBe('all, 162 MiB, 100 %')
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
})

describe('the table of sites', () => {
  const column = (page: Page, id: string) => page.locator(`#sites tbody .column-${id}`)
  const numbers = async (page: Page, id: string) =>
    (await column(page, id).allTextContents()).map((text) => Number(text.replaceAll(',', '')))

  it('begins with the most live bytes', async () => {
    await using view = await server()
    expect((await column(view.page, 'liveBytes').allTextContents()).slice(0, 3)).toEqual(['96 MiB', '54 MiB', '12 MiB'])
  })

  it.each([
    ['a click', (header: Locator) => header.click()],
    ['the keyboard', (header: Locator) => header.press('Enter')],
  ])('is sorted by %s, and the other way round by another', async (_, activate) => {
    await using view = await server()
    const { page } = view
    const header = page.locator('#sites').getByRole('columnheader', { name: 'Opened' })
    await activate(header.getByRole('button'))
    expect(await header.getAttribute('aria-sort')).toBe('descending')
    const descending = await numbers(page, 'opened')
    expect(descending).toEqual([...descending].sort((a, b) => b - a))
    expect(descending[0]).toBe(46_912)
    await activate(header.getByRole('button'))
    expect(await header.getAttribute('aria-sort')).toBe('ascending')
    expect(await numbers(page, 'opened')).toEqual(descending.reverse())
  })

  it('is filtered by any function, file or kind of a stack', async () => {
    await using view = await server()
    const { page } = view
    await page.getByLabel('Filter the sites').fill('thumbnail nativebuffer')
    await expect.poll(() => page.locator('#sites .shown').textContent()).toBe('1–1 of 1 (11 in all)')
    await page.getByLabel('Filter the sites').fill('nothing like it')
    await expect.poll(() => page.locator('#sites tbody').textContent()).toBe('Nothing matches the filter.')
  })

  it('can be sorted where there is no room for its columns', async () => {
    await using view = await server({ width: 400 })
    const { page } = view
    expect(await page.locator('#sites thead .column-opened').isVisible()).toBe(false)
    await page.locator('#sites .sorter').selectOption('opened')
    expect(await column(page, 'site').first().textContent()).toContain('src/db/query.js:36')
  })

  it('pages through thousands of sites, and sorts and filters them at once', async () => {
    await using view = await browser.open(manySites())
    const { page } = view
    const shown = page.locator('#sites .shown')
    await page.locator('#sites').getByRole('button', { name: 'Next' }).click()
    expect(await shown.textContent()).toBe('51–100 of 5,000')
    expect(await page.locator('#sites tbody tr').count()).toBe(50)
    const took = await page.evaluate(() => {
      const started = performance.now()
      for (const button of document.querySelectorAll<HTMLElement>('#sites thead button')) {
        button.click()
        document.body.getBoundingClientRect()
      }
      return (performance.now() - started) / 10
    })
    expect(took).toBeLessThan(500)
    await page.getByLabel('Filter the sites').fill('step0_77 subscription')
    await expect.poll(() => shown.textContent()).toBe('1–14 of 14 (5,000 in all)')
  })
})

describe('the details of a site', () => {
  it('open from the keyboard, say what to do, and give the focus back', async () => {
    await using view = await server()
    const { page } = view
    const opener = page.locator('#sites tbody .open').first()
    await opener.press('Enter')
    const detail = page.locator('dialog')
    const text = await detail.textContent()
    expect(text).toContain(
      'Of 8,204 NativeBuffer handles opened here, 96 were still open at the end and 192 were collected',
    )
    expect(text).toContain('handle not disposed on every path')
    expect(text).toContain('dispose in a finally, or by using')
    expect(text).toContain('the thumbnails Map of src/images/cache.js')
    expect(await detail.locator('.stack li').allTextContents()).toEqual([
      'decodesrc/images/decode.js:41:17',
      'thumbnailsrc/images/thumbnail.js:18:23',
      'uploadsrc/routes/upload.js:52:24',
      'handlesrc/server.js:88:21',
      'dispatchnode_modules/hono/dist/hono-base.js:271:14',
      'onRequestnode:_http_server:1198:12',
    ])
    await page.keyboard.press('Escape')
    expect(await detail.isVisible()).toBe(false)
    expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('open by a click anywhere in the row', async () => {
    await using view = await server()
    await view.page.locator('#sites tbody tr').nth(1).locator('.column-opened').click()
    expect(await view.page.locator('dialog h2').textContent()).toBe('src/search/index.js:77')
  })
})

describe('a comparison', () => {
  it('says which sites are new, grew, shrank and are gone', async () => {
    await using view = await server({ comparedWith: earlierServer() })
    const { page } = view
    const rows = await page.locator('#difference tbody tr').allTextContents()
    const changeOf = (place: string) => rows.find((row) => row.includes(place))?.match(/Grew|New|Shrank|Gone/)?.[0]
    expect(changeOf('src/images/decode.js:41')).toBe('Grew')
    expect(changeOf('src/live/changes.js:45')).toBe('New')
    expect(changeOf('src/search/index.js:77')).toBe('Shrank')
    expect(changeOf('src/images/slots.js:15')).toBe('Gone')
    expect(rows[0]).toContain('+195 MiB93 MiB → 288 MiB')
    await page.getByRole('radio', { name: 'New 1' }).check()
    expect(await page.locator('#difference tbody tr').count()).toBe(1)
    expect(await page.locator('.figures').textContent()).toContain('+1,242, was 109')
  })

  it('is left out where there is nothing to compare with', async () => {
    await using view = await server()
    expect(await view.page.locator('#difference').count()).toBe(0)
  })
})

describe('Tab', () => {
  it('reaches everything that can be used, and one frame of the flame graph', async () => {
    await using view = await browser.open(
      recording({
        sites: [site({ kind: 'Db', stack: leakyServer().sites[0]?.stack ?? [], opened: 2, live: 1, openedBytes: 64 })],
      }),
    )
    const { page } = view
    const reached: string[] = []
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab')
      const name = await page.evaluate(() => {
        const element = document.activeElement
        return element === document.body
          ? undefined
          : `${element?.tagName} ${element?.getAttribute('aria-label') ?? element?.textContent}`
      })
      if (name === undefined) break
      reached.push(name)
    }
    expect(reached[0]).toBe('A Skip to the report')
    for (const part of [
      /^BUTTON Dark colors/,
      /^BUTTON Zoom in/,
      /^BUTTON Db/,
      /^DIV Native bytes by kind/,
      /^DIV Live handles by kind/,
      /^INPUT Search the flame graph/,
      /^g all/,
      /^INPUT Filter the sites/,
      /^BUTTON Opened/,
      /^SUMMARY/,
    ]) {
      expect(reached.filter((name) => part.test(name))).toHaveLength(1)
    }
    expect(reached.filter((name) => name.startsWith('g '))).toHaveLength(1)
  })
})
