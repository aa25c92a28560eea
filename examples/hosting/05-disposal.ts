import { SuppressedError } from 'holdfast'
import { ServiceCollection } from 'holdfast/hosting'

class Database implements Disposable {
  [Symbol.dispose](): void {
    console.log('Database')
  }
}

class Cache implements Disposable {
  static readonly inject = [Database] as const
  readonly database: Database

  constructor(database: Database) {
    this.database = database
  }

  [Symbol.dispose](): void {
    console.log('Cache')
    throw new Error('the cache cannot be written')
  }
}

class Outbox implements AsyncDisposable {
  static readonly inject = [Cache] as const
  readonly cache: Cache

  constructor(cache: Cache) {
    this.cache = cache
  }

  async [Symbol.asyncDispose](): Promise<void> {
    console.log('Outbox')
    throw new Error('the outbox cannot be sent')
  }
}

class Console implements Disposable {
  [Symbol.dispose](): void {
    console.log('never: it was supplied')
  }
}

const services = new ServiceCollection()
  .addSingleton(Console, { instance: new Console() })
  .addScoped(Database)
  .addScoped(Cache)
  .addScoped(Outbox)
await using provider = services.build()

const scope = provider.createScope()
scope.get(Outbox)
try {
  scope.dispose()
} catch (error) {
  if (!(error instanceof SuppressedError)) throw error
  console.log(String(error.suppressed))
  console.log(String(error.error))
}
await scope.disposeAsync().catch((error) => console.log(String(error)))
try {
  scope.get(Database)
} catch (error) {
  console.log(String(error))
}
