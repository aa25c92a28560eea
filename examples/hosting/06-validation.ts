import { NativeBuffer } from 'holdfast'
import { createToken, ServiceCollection, type ServiceError } from 'holdfast/hosting'

interface Key {
  readonly bytes: Uint8Array
}
const Key = createToken<Key>('Key')

class Session {}

class Mailer {
  static readonly inject = [Session] as const
  readonly session: Session

  constructor(session: Session) {
    this.session = session
  }
}

class Newsletter {
  static readonly inject = [Mailer, Key] as const
  readonly mailer: Mailer
  readonly key: Key

  constructor(mailer: Mailer, key: Key) {
    this.mailer = mailer
    this.key = key
  }
}

// A singleton that needs a scoped service, and a service that needs one that nobody has added.
const services = new ServiceCollection().addScoped(Session).addSingleton(Mailer).addTransient(Newsletter)
try {
  services.build()
} catch (error) {
  for (const { message } of (error as AggregateError).errors) console.log(message)
}

// What factories ask for is found out when they run: here, that the root has no session.
const provider = new ServiceCollection()
  .addScoped(Session)
  .addSingleton(Mailer, (services) => new Mailer(services.get(Session)))
  .addTransient(NativeBuffer, () => new NativeBuffer(64))
  .build({ rootTransients: 'throw' })
for (const token of [Mailer, NativeBuffer]) {
  try {
    provider.get(token)
  } catch (error) {
    const { code, message } = error as ServiceError
    console.log(code, message)
  }
}
provider.dispose()
