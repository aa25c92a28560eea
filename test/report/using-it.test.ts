import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { SiteTotals } from '../../lib/recording/recording.js'
import { earlierServer, leakyServer, manySites, recording, site } from './fixtures/recordings.js'
import { browserOfTests, type View, type ViewOptions } from './support/browser.js'

const browser = browserOfTests()

const server = (options?: ViewOptions): Promise<View> => browser.open(leakyServer(), options)

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

describe('the pages of the table', () => {
  it('go back as they go forth', async () => {
    await using view = await browser.open(manySites())
    const sites = view.page.locator('#sites')
    await sites.getByRole('button', { name: 'Next' }).click()
    await sites.getByRole('button', { name: 'Previous' }).click()
    expect(await sites.locator('.shown').textContent()).toBe('1–50 of 5,000')
    expect(await sites.getByRole('button', { name: 'Previous' }).isDisabled()).toBe(true)
  })
})

describe('what is not a click on a row', () => {
  it('opens nothing: the end of a selection of text', async () => {
    await using view = await server()
    const { page } = view
    const kind = page.locator('#sites tbody .column-kind .kind').nth(1)
    await kind.scrollIntoViewIfNeeded()
    const box = await kind.boundingBox()
    const { x, y, width, height } = box as { x: number; y: number; width: number; height: number }
    await page.mouse.move(x + width - 1, y + height / 2)
    await page.mouse.down()
    await page.mouse.move(x + width / 2, y + height / 2, { steps: 4 })
    await page.mouse.up()
    expect(await page.evaluate(() => getSelection()?.toString())).not.toBe('')
    expect(await page.locator('dialog').isVisible()).toBe(false)
  })

  it('opens nothing: the line that says that nothing matches', async () => {
    await using view = await server()
    const { page } = view
    await page.getByLabel('Filter the sites').fill('nothing like it')
    await page.locator('#sites tbody .empty').click()
    expect(await page.locator('dialog').isVisible()).toBe(false)
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

describe('the details', () => {
  const fine = { kind: 'Db', stack: leakyServer().sites[0]?.stack ?? [], opened: 3, openedBytes: 300 }
  const open = async (parts: Partial<SiteTotals>, level = 'full') => {
    const view = await browser.open(recording({ sites: [site({ ...fine, ...parts })], level }))
    await view.page.locator('#sites tbody .open').click()
    return view
  }

  it.each<[string, (page: Page) => Promise<void>]>([
    ['their button', (page) => page.locator('dialog').getByRole('button', { name: 'Close' }).click()],
    ['a click beside them', (page) => page.mouse.click(5, 5)],
  ])('are closed by %s, and not by a click in them', async (_, close) => {
    await using view = await open({})
    const { page } = view
    await page.locator('dialog h2').click()
    expect(await page.locator('dialog').isVisible()).toBe(true)
    await close(page)
    expect(await page.locator('dialog').isVisible()).toBe(false)
  })

  it('advise nothing where nothing is wrong', async () => {
    await using view = await open({})
    expect(await view.page.locator('dialog .happened').textContent()).toContain('were disposed of')
    expect(await view.page.locator('dialog .fix').count()).toBe(0)
  })

  it('say that no lifetime is known where none was closed', async () => {
    await using view = await open({ live: 3 })
    expect(await view.page.locator('dialog dl').textContent()).toContain('Mean lifetimenone was closed')
  })

  it.each([
    ['full', 'there was no JavaScript on the stack'],
    ['sampled', 'The level sampled has not recorded it'],
  ])('say why there is no stack, at the level %s', async (level, reason) => {
    await using view = await open({ stack: [] }, level)
    expect(await view.page.locator('dialog').textContent()).toContain(reason)
  })
})

describe('a recording', () => {
  it('of a program that a signal ended says so, and one whose clock was wrong that its start is unknown', async () => {
    const { header, ...rest } = leakyServer()
    const end = { at: 1000, signal: 'SIGKILL' }
    await using view = await browser.open({ ...rest, header: { ...header, startedAt: 9e15 }, end })
    const facts = await view.page.locator('#header .facts').textContent()
    expect(facts).toContain('Ended witha signal')
    expect(facts).toContain('Startedunknown')
    expect(view.problems).toEqual([])
  })

  it('in which handles leak that hold no memory counts the handles', async () => {
    const stack = leakyServer().sites[0]?.stack ?? []
    await using view = await browser.open(recording({ sites: [site({ kind: 'Db', stack, opened: 5, live: 4 })] }))
    expect(await view.page.locator('.first-sites .amount').textContent()).toBe('4 handles')
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

  it('is filtered, sorted by any column, and opens what is still there', async () => {
    await using view = await server({ comparedWith: earlierServer() })
    const { page } = view
    const difference = page.locator('#difference')
    const places = () => difference.locator('tbody .place > code').allTextContents()
    const all = await places()
    for (const column of ['kind', 'change', 'site']) {
      const header = difference.locator(`thead .column-${column}`)
      await header.getByRole('button').click()
      expect(await header.getAttribute('aria-sort')).toBe('ascending')
      const cells = await difference.locator(`tbody .column-${column}`).allTextContents()
      expect(cells).toEqual(cells.toSorted())
    }
    expect(await places()).toEqual(all.toSorted())
    await page.getByRole('radio', { name: 'New 1' }).check()
    await page.getByRole('radio', { name: 'All' }).check()
    expect(await difference.locator('tbody tr').count()).toBe(all.length)
    await page.getByLabel('Filter the changes').fill('slots.js')
    await expect.poll(places).toEqual(['src/images/slots.js:15'])
    await difference.locator('tbody .open').click()
    expect(await page.locator('dialog').isVisible()).toBe(false)
    await page.getByLabel('Filter the changes').fill('decode.js')
    await expect.poll(places).toEqual(['src/images/decode.js:41'])
    await difference.locator('tbody .open').click()
    expect(await page.locator('dialog h2').textContent()).toBe('src/images/decode.js:41')
  })

  it('of recordings without stacks is by kind', async () => {
    const without = (live: number) =>
      recording({ sites: [site({ kind: 'Db', stack: [], opened: 9, live })], level: 'counts' })
    await using view = await browser.open(without(5), { comparedWith: without(2) })
    await view.page.locator('#difference tbody .open').click()
    expect(await view.page.locator('dialog h2').textContent()).toBe('(no stack recorded)')
    expect(await view.page.locator('dialog .happened').textContent()).toContain('Of 9 Db handles')
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
