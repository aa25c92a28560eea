import { NativeBuffer } from 'holdfast'
import { expect, it } from 'vitest'

class PooledConnection extends NativeBuffer {}

// The block goes here.

const kept: PooledConnection[] = []
it('may open what is kept', () => {
  kept.push(new PooledConnection(8))
  expect(kept).toHaveLength(1)
})
