import { describe, expect, it } from 'vitest'
import { ReportModel } from '../../../lib/report/client/report-model.js'
import { reportData } from '../../../lib/report/report-data.js'
import { countsOnly, frame, leakyServer, manySites, recording, site } from '../../report/fixtures/recordings.js'

const model = (made = leakyServer()) =>
  new ReportModel(JSON.parse(JSON.stringify(reportData(made, undefined))) as ReturnType<typeof reportData>)

describe('what a page is given', () => {
  it.each([
    ['a server', leakyServer],
    ['thousands of sites', () => manySites(700)],
    ['counts', countsOnly],
  ])('has every number and every frame of the recording: %s', (_, make) => {
    const made = make()
    const unpacked = model(made)
    expect(unpacked.sites).toHaveLength(made.sites.length)
    for (const [index, { stack, heldBy, meanLifetime, ...numbers }] of made.sites.entries()) {
      const got = unpacked.sites[index]
      expect(got).toMatchObject({ ...numbers, heldBy, leaked: numbers.live + numbers.finalized })
      expect(got?.meanLifetime).toBe(meanLifetime)
      expect(unpacked.stack(got?.node as number)).toEqual(
        stack.map((at) => ({ ...at, file: at.file.replace('/srv/photos/', '') })),
      )
    }
  })

  it('has each frame once, however many stacks have it', () => {
    const { stacks } = reportData(manySites(2000), undefined)
    const frames = stacks.lines.map((line, index) =>
      [stacks.functionNames[index], stacks.files[index], line, stacks.columns[index]].join(),
    )
    expect(new Set(frames).size).toBe(frames.length)
    expect(frames.length).toBeLessThan(2000 * 16 * 0.5)
  })

  it('keeps kinds apart whose names mean something to JavaScript', () => {
    const made = recording({
      sites: [site({ kind: '__proto__', stack: [], opened: 3 }), site({ kind: 'constructor', stack: [], opened: 2 })],
    })
    expect(model(made).data.kinds.map(({ kind, opened }) => [kind, opened])).toEqual([
      ['__proto__', 3],
      ['constructor', 2],
    ])
    expect(model(made).data.timeline.kinds.map(({ kind }) => kind)).toEqual(['__proto__', 'constructor'])
  })
})

describe('a site', () => {
  it('is found by its kind and by every frame of its stack', () => {
    const unpacked = model()
    const [first] = unpacked.sites
    const text = unpacked.searchText(first as NonNullable<typeof first>)
    for (const part of ['nativebuffer', 'decode src/images/decode.js:41', 'dispatch node_modules/hono']) {
      expect(text).toContain(part)
    }
  })

  it('names its caller, which tells apart the sites of one line', () => {
    const unpacked = model(
      recording({
        sites: [
          site({ kind: 'Db', stack: [frame('open src/a.js:1:1'), frame('first src/b.js:1:1')], opened: 1 }),
          site({ kind: 'Db', stack: [frame(' src/a.js:1:1')], opened: 1 }),
          site({ kind: 'Db', stack: [], opened: 1 }),
        ],
      }),
    )
    expect(unpacked.sites.map((one) => unpacked.callersOf(one))).toEqual(['open ← first', '(anonymous)', ''])
    expect(unpacked.sites.map(({ place }) => place)).toEqual(['src/a.js:1', 'src/a.js:1', '(no stack recorded)'])
  })
})
