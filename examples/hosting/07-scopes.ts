import { setImmediate } from 'node:timers/promises'
import { liveHandles, NativeBuffer } from 'holdfast'
import { currentScope, ServiceCollection } from 'holdfast/hosting'

const provider = new ServiceCollection().addScoped(NativeBuffer, () => new NativeBuffer(64)).build()
const buffers = () => `${liveHandles('NativeBuffer')} buffers`

async function send(buffer: NativeBuffer): Promise<void> {
  await setImmediate()
  console.log(`sent ${buffer.bytes.length} bytes`)
}

// A scope for the call. It ends when the body and what is tracked have ended.
await provider.run((services) => {
  services.track(send(services.get(NativeBuffer)), 'send')
  console.log('the body is done')
})
console.log(buffers())

// A scope by hand: the same, without a function around it.
{
  await using scope = provider.createAsyncScope()
  scope.track(send(scope.get(NativeBuffer)), 'send')
}
console.log(buffers())

// A mere `using` cannot wait, so it refuses, and has disposed of nothing.
const scope = provider.createScope()
const sending = scope.track(send(scope.get(NativeBuffer)), 'the last one')
try {
  scope.dispose()
} catch (error) {
  console.log(String(error))
}
await sending
scope.dispose()
console.log(buffers())

// Code that was given no provider finds the scope that it runs in.
const sendFromFarAway = () => send((currentScope() ?? provider).get(NativeBuffer))
await provider.run(sendFromFarAway)
await provider.disposeAsync()
