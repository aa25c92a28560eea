import { expect, it } from 'vitest'
import { shortPath } from '../../../lib/report/short-path.js'

it.each([
  ['a file below the directory', '/srv/app/src/main.js', '/srv/app', 'src/main.js'],
  ['a URL of one', 'file:///srv/app/src/a%20b.js', '/srv/app', 'src/a b.js'],
  ['a URL that encodes nothing', 'file:///srv/app/100%.js', '/srv/app/', '100%.js'],
  ['a file elsewhere', '/usr/lib/x.js', '/srv/app', '/usr/lib/x.js'],
  [
    'a file of a directory whose name only begins the same',
    '/srv/application/x.js',
    '/srv/app',
    '/srv/application/x.js',
  ],
  ['a module of the runtime', 'node:internal/timers', '/srv/app', 'node:internal/timers'],
  ['a file on Windows', 'C:\\app\\src\\main.js', 'C:\\app', 'src/main.js'],
  ['a URL on Windows', 'file:///C:/app/src/main.js', 'C:\\app', 'src/main.js'],
  ['a file where the directory is not known', '/srv/app/x.js', '', '/srv/app/x.js'],
])('%s is shown relative to the directory it lies in, or as it is', (_, file, directory, expected) => {
  expect(shortPath(file, directory)).toBe(expected)
})
