import { type HandleId, native } from './binding.js'
import { type HandleToken, idOf } from './handle-token.js'

/** Finds the object that has a token, as long as something else keeps it alive. */
export class WeakOwner<T extends object> {
  readonly #id: HandleId
  #held: T | undefined

  constructor(token: HandleToken) {
    this.#id = idOf(token)
  }

  /** undefined once the handle is closed, or the object collected. */
  find(): T | undefined {
    return this.#held ?? ((native.ownerOf(this.#id) as HandleToken | undefined)?.owner as T | undefined)
  }

  /** For an object that is not to be finalized, and that native code watches no longer: keeps it alive. */
  hold(owner: T): void {
    this.#held = owner
  }

  letGo(): void {
    this.#held = undefined
  }
}
