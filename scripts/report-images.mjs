// Takes the pictures of the report that the documentation shows, in Chromium, of the recordings that the tests
// use, and makes them small with pngquant (Debian: apt-get install chromium pngquant).
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createViteServer } from 'vitest/node'

const IMAGES = join('docs', 'images')

// The tests are TypeScript, which the oldest Node that this runs on cannot load.
const vite = await createViteServer({ server: { middlewareMode: true, ws: false }, logLevel: 'error' })
const { ReportBrowser } = await vite.ssrLoadModule('/test/report/support/browser.ts')
const { earlierServer, leakyServer } = await vite.ssrLoadModule('/test/report/fixtures/recordings.ts')

async function picture(browser, name, options, prepare = async () => {}) {
  const view = await browser.open(leakyServer(), options)
  try {
    await prepare(view.page)
    const path = join(IMAGES, `${name}.png`)
    await view.page.screenshot({ path })
    execFileSync('pngquant', ['--force', '--skip-if-larger', '--speed=1', '--output', path, '160', path])
    console.log(path)
  } finally {
    await view[Symbol.asyncDispose]()
  }
}

const below = (selector) => (page) => page.locator(selector).evaluate((element) => element.scrollIntoView())

mkdirSync(IMAGES, { recursive: true })
const browser = await ReportBrowser.launch()
try {
  await picture(browser, 'report', { height: 1330 })
  await picture(browser, 'report-dark', { dark: true, height: 1060 }, below('#timeline'))
  await picture(browser, 'report-narrow', { width: 400, height: 1180 })
  await picture(browser, 'report-difference', { comparedWith: earlierServer(), height: 480 }, below('#difference'))
  await picture(browser, 'report-site', {}, (page) => page.locator('#sites .open').first().click())
} finally {
  await browser[Symbol.asyncDispose]()
  await vite.close()
}
