import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

// That the comments say enough is checked by `npm run docs:api`, which treats a warning as an error.

const read = (path: string) => readFileSync(path, 'utf8')

it('the API reference has every entry point of the package, by the name that it is imported by', () => {
  const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, { default: string } | string> }
  const sources = Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === 'string'
      ? []
      : [
          {
            name: subpath.replace(/^\./, 'holdfast'),
            source: target.default.replace(/^\.\/dist(.*)\.js$/, 'lib$1.ts'),
          },
        ],
  )
  const entryPoints = Array.from(
    read('docs/api/typedoc.json').matchAll(/"\.\.\/\.\.\/(lib\/.*\.ts)"/g),
    ([, path]) => path,
  )
  expect(entryPoints.sort()).toEqual(sources.map(({ source }) => source).sort())
  for (const { name, source } of sources) {
    expect(read(source), source).toMatch(new RegExp(`^ \\* @module ${name}$`, 'm'))
  }
})

it('the API reference treats a warning as an error, and lets no public member be without a comment', () => {
  const options = read('docs/api/typedoc.json')
  expect(options).toContain('"treatWarningsAsErrors": true')
  expect(options).toContain('"notDocumented": true')
})
