import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { LIFETIMES } from '../../teardown/fixtures/expected-lifetimes.mjs'
import { inFolder, runScript } from '../support.mjs'

const END = new URL('../../teardown/fixtures/end.mjs', import.meta.url)
const SHARED = new URL('../fixtures/shared-name.mjs', import.meta.url)

/** Those of the teardown matrix that are asked here: none of them needs files. */
const ASKED = [
  'buffers with views',
  'escaped blocks, their buffers open or disposed',
  'safe handles between buffers, with declared bytes',
  'finalizable objects between safe handles, some disposed',
]
const lifetimes = ASKED.map((name) => {
  if (!Object.hasOwn(LIFETIMES, name)) throw new Error(`the teardown matrix has no lifetime "${name}"`)
  return { name, atEnd: LIFETIMES[name].atEnd ?? [] }
})

function endOfProcess(ending, code) {
  return inFolder(async (folder) => {
    for (const { name, atEnd } of lifetimes) {
      const result = await runScript(END, 'main', folder, sharedNameFor(ending), name, ending)
      const lines = result.stdout.trimEnd().split('\n')
      const opened = lines.findIndex((line) => line.startsWith('opened'))
      assert.deepEqual(
        [result.code, result.signal, opened >= 0],
        [code, null, true],
        `${name}: ${JSON.stringify(result)}`,
      )
      const released = lines
        .slice(opened)
        .filter((line) => line.startsWith('released '))
        .map((line) => Number(line.split(' ')[1]))
      assert.deepEqual(
        released,
        atEnd,
        `${name}: released at the end: ${released.join(', ') || 'nothing'}, not ${atEnd}`,
      )
    }
  })
}

const sharedNameFor = (ending) => `holdfast-runtime-${process.pid}-${ending}`

function sharedName(ending) {
  return async () => {
    const name = sharedNameFor(ending)
    const { stdout } = await runScript(SHARED, name, ending)
    assert.equal(stdout.trim(), 'created')
    assert.equal(readdirSync('/dev/shm').includes(name), false, 'the name outlives the process')
  }
}

export const endings = {
  'a process that runs dry releases what is open, newest first': endOfProcess('running dry', 0),
  'process.exit() releases what is open, newest first': endOfProcess('process.exit(7)', 7),
  'an uncaught error releases what is open, newest first': endOfProcess('an uncaught error', 1),
  'the name of shared memory goes with a process that runs dry': sharedName('dry'),
  'the name of shared memory goes with process.exit()': sharedName('exit'),
  'the name of shared memory goes with an uncaught error': sharedName('throw'),
}
