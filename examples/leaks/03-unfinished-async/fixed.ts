// Answers requests by way of a connection that is closed half-way.
import { NativeBuffer } from 'holdfast'

class Connection {
  #waiting = new Map<number, (reply: string | undefined) => void>()

  request(id: number): Promise<string | undefined> {
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }

  reply(id: number): void {
    this.#waiting.get(id)?.('done')
    this.#waiting.delete(id)
  }

  close(): void {
    for (const resolve of this.#waiting.values()) resolve(undefined)
    this.#waiting.clear()
  }
}

const connection = new Connection()

async function answer(id: number): Promise<void> {
  using buffer = new NativeBuffer(4096)
  const reply = await connection.request(id)
  if (reply !== undefined) buffer.bytes.write(reply)
}

for (let id = 0; id < 100; id++) void answer(id)
for (let id = 0; id < 50; id++) connection.reply(id)
connection.close()
