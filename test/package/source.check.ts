import { existsSync, realpathSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { Project } from './support/project.js'

const NODE_GYP = fileURLToPath(new URL('../../node_modules/.bin/node-gyp', import.meta.url))
const PREFIX = dirname(dirname(realpathSync(process.execPath)))
/** Headers beside the runtime save a download. */
const HEADERS = existsSync(join(PREFIX, 'include', 'node', 'node_api.h')) ? { npm_config_nodedir: PREFIX } : {}

const LOAD = `import('holdfast').then(({ liveHandles }) => console.log(liveHandles()), (error) => console.log(error.message))`

it('where nothing is shipped for a machine, the command that the error names builds the addon', () => {
  using project = new Project()
  project.unpack()
  rmSync(project.path('node_modules/holdfast/prebuilds'), { recursive: true })
  const message = project.output(process.execPath, ['--eval', LOAD])
  const [, command, directory = ''] = /^ {2}npx (node-gyp rebuild --directory (.+))$/m.exec(message) ?? []
  expect(command, message).toBeDefined()
  expect(existsSync(join(directory, 'binding.gyp'))).toBe(true)
  project.output(NODE_GYP, ['rebuild', '--directory', directory], { ...HEADERS, JOBS: 'max' })
  expect(project.output(process.execPath, ['--eval', LOAD])).toBe('0\n')
  // One that was built here comes first.
  const doctor = project.output(process.execPath, ['node_modules/holdfast/dist/cli/holdfast.js', 'doctor'])
  expect(doctor).toContain(join(directory, 'build', 'Release', 'holdfast.node'))
}, 400_000)
