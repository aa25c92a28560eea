// Opens a million handles in a thousand places. Run under `holdfast run`.

import { NativeBuffer } from 'holdfast'

const HANDLES = 1_000_000
const DEPTHS = 10
const PLACES = 100
const kept: NativeBuffer[] = []

/** Most are disposed of, one in a hundred is dropped, one in a thousand kept. */
function use(index: number): void {
  const buffer = new NativeBuffer(64)
  if (index % 1000 === 0) kept.push(buffer)
  else if (index % 100 !== 0) buffer.dispose()
}

type Use = (index: number) => void

/** Functions of different names and lines, that are frames of stacks. */
const places = Array.from({ length: PLACES }, (_, place): Use => {
  return new Function('use', `${'\n'.repeat(place)}return function place${place}(index) { use(index) }`)(use)
})

function deeper(levels: number, place: Use, index: number): void {
  if (levels === 0) place(index)
  else deeper(levels - 1, place, index)
}

for (let index = 0; index < HANDLES; index++) {
  deeper(Math.floor(index / PLACES) % DEPTHS, places[index % PLACES] as Use, index)
}
if (kept.length !== HANDLES / 1000) throw new Error('Not all were kept.')
