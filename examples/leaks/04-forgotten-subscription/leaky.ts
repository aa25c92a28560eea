// Chat sessions that listen to a bus, and go on listening when they are over.
import { EventEmitter } from 'node:events'
import { NativeBuffer, subscribe } from 'holdfast'

class Bus extends EventEmitter<{ message: [text: string] }> {}

const bus = new Bus().setMaxListeners(0)

class Session {
  readonly #history = new NativeBuffer(4096)
  #length = 0

  constructor() {
    // Wrong: nobody keeps the subscription, so nobody disposes of it when the session ends.
    subscribe(bus, 'message', (text) => this.#receive(text))
  }

  #receive(text: string): void {
    this.#length += this.#history.bytes.write(text, this.#length)
  }

  end(): number {
    return this.#length
  }
}

let received = 0
for (let i = 0; i < 20; i++) {
  const session = new Session()
  bus.emit('message', 'hello')
  received += session.end()
}
console.log(`${received} bytes`)
