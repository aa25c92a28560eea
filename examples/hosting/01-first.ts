import { liveHandles, NativeBuffer } from 'holdfast'
import { ServiceCollection } from 'holdfast/hosting'

class Settings {
  readonly frameBytes = 4096
}

class Encoder {
  static readonly inject = [NativeBuffer] as const
  readonly #frame: NativeBuffer

  constructor(frame: NativeBuffer) {
    this.#frame = frame
  }

  encode(text: string): number {
    return this.#frame.bytes.write(text)
  }
}

await using provider = new ServiceCollection()
  .addSingleton(Settings)
  .addScoped(NativeBuffer, (services) => new NativeBuffer(services.get(Settings).frameBytes))
  .addTransient(Encoder)
  .build()

const written = await provider.run((services) => {
  const bytes = services.get(Encoder).encode('hello')
  return `${bytes} bytes, ${liveHandles('NativeBuffer')} buffer`
})
console.log(written)
console.log(`afterwards ${liveHandles('NativeBuffer')}`)
