import { describe, expect, it } from 'vitest'
import { DisposableObject, liveHandles } from '../../lib/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

/** Opens and closes a door, and says what it saw. */
class Door extends DisposableObject {
  readonly seen: string[] = []
  failure: Error | undefined

  open(): void {
    this.throwIfDisposed()
    this.seen.push('open')
  }

  reopen(): void {
    this.resurrect()
  }

  protected override disposeCore(): void {
    this.seen.push(`core, disposed: ${this.isDisposed}`)
    if (this.failure !== undefined) throw this.failure
  }
}

describe('dispose()', () => {
  it('runs disposeCore once, whoever calls it how often', () => {
    const door = new Door()
    expect(door.isDisposed).toBe(false)
    door.dispose()
    door.dispose()
    door[Symbol.dispose]()
    expect(door.seen).toEqual(['core, disposed: true'])
    expect(door.isDisposed).toBe(true)
  })

  it('runs at the end of a using block, also when the block throws', () => {
    let seen: string[] = []
    const failing = () => {
      using door = new Door()
      seen = door.seen
      throw new Error('in the block')
    }
    expect(failing).toThrow('in the block')
    expect(seen).toHaveLength(1)
  })

  it('lets members work inside disposeCore, and refuses them afterwards', () => {
    class Farewell extends Door {
      protected override disposeCore(): void {
        this.open()
        this.dispose()
        super.disposeCore()
      }
    }
    const door = new Farewell()
    door.dispose()
    expect(door.seen).toEqual(['open', 'core, disposed: true'])
    expect(() => door.open()).toThrow(
      expect.objectContaining({ code: 'ERR_HOLDFAST_DISPOSED', objectName: 'Farewell' }),
    )
  })

  it('counts the object as disposed whatever disposeCore throws, and does not run it again', () => {
    const door = new Door()
    door.failure = new Error('stuck')
    expect(() => door.dispose()).toThrow(door.failure)
    expect(door.isDisposed).toBe(true)
    door.dispose()
    expect(door.seen).toHaveLength(1)
    expect(() => door.open()).toThrow(code('ERR_HOLDFAST_DISPOSED'))
  })

  it('three levels deep runs the cleanup of every level, derived ones first, and throws the error of the base', () => {
    const order: string[] = []
    class Base extends DisposableObject {
      protected override disposeCore(): void {
        order.push('base')
        throw new Error('base')
      }
    }
    class Middle extends Base {
      protected override disposeCore(): void {
        try {
          order.push('middle')
          throw new Error('middle')
        } finally {
          super.disposeCore()
        }
      }
    }
    class Top extends Middle {
      protected override disposeCore(): void {
        try {
          order.push('top')
          throw new Error('top')
        } finally {
          super.disposeCore()
        }
      }
    }
    const top = new Top()
    expect(() => top.dispose()).toThrow('base')
    expect(order).toEqual(['top', 'middle', 'base'])
    expect(top.isDisposed).toBe(true)
  })
})

describe('resurrect()', () => {
  it('takes a disposed object into use again, which can then be disposed once more', () => {
    const door = new Door()
    door.dispose()
    door.reopen()
    expect(door.isDisposed).toBe(false)
    door.open()
    door.dispose()
    expect(door.seen).toEqual(['core, disposed: true', 'open', 'core, disposed: true'])
    expect(() => door.open()).toThrow(code('ERR_HOLDFAST_DISPOSED'))
  })

  it('does nothing for an object in use', () => {
    const door = new Door()
    door.reopen()
    door.dispose()
    expect(door.seen).toHaveLength(1)
  })

  it('works after a disposeCore that threw', () => {
    const door = new Door()
    door.failure = new Error('stuck')
    expect(() => door.dispose()).toThrow('stuck')
    door.reopen()
    door.open()
    expect(door.isDisposed).toBe(false)
  })

  it('is refused while disposeCore runs, and the object ends up disposed', () => {
    class Undead extends Door {
      protected override disposeCore(): void {
        this.resurrect()
      }
    }
    const door = new Undead()
    expect(() => door.dispose()).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(door.isDisposed).toBe(true)
  })
})

describe('a disposable object', () => {
  it('is not counted: it holds nothing that could leak', () => {
    const before = liveHandles()
    new Door()
    expect([liveHandles() - before, liveHandles('Door')]).toEqual([0, 0])
  })

  it('adds no property of its own that a class could collide with', () => {
    class Named extends DisposableObject {
      lifecycle = 'mine'
      state = 'mine'
      protected override disposeCore(): void {}
    }
    const named = new Named()
    expect(Object.keys(named)).toEqual(['lifecycle', 'state'])
    named.dispose()
    expect([named.isDisposed, named.lifecycle, named.state]).toEqual([true, 'mine', 'mine'])
  })
})
