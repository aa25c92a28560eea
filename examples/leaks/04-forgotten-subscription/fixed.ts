// Chat sessions that listen to a bus until they are over.
import { EventEmitter } from 'node:events'
import { DisposableObject, NativeBuffer, type Subscription, subscribe } from 'holdfast'

class Bus extends EventEmitter<{ message: [text: string] }> {}

const bus = new Bus().setMaxListeners(0)

class Session extends DisposableObject {
  readonly #history = new NativeBuffer(4096)
  readonly #subscription: Subscription
  #length = 0

  constructor() {
    super()
    this.#subscription = subscribe(bus, 'message', (text) => this.#receive(text))
  }

  #receive(text: string): void {
    this.#length += this.#history.bytes.write(text, this.#length)
  }

  get length(): number {
    return this.#length
  }

  protected override disposeCore(): void {
    this.#subscription.dispose()
    this.#history.dispose()
  }
}

let received = 0
for (let i = 0; i < 20; i++) {
  using session = new Session()
  bus.emit('message', 'hello')
  received += session.length
}
console.log(`${received} bytes`)
