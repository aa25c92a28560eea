import { setImmediate } from 'node:timers/promises'
import { ServiceCollection } from 'holdfast/hosting'

class Connection implements AsyncDisposable {
  static async open(): Promise<Connection> {
    await setImmediate()
    console.log('connected')
    return new Connection()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await setImmediate()
    console.log('disconnected')
  }
}

class Repository {
  static readonly inject = [Connection] as const
  readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }
}

await using provider = new ServiceCollection().addSingleton(Connection, Connection.open).addScoped(Repository).build()
await using scope = provider.createAsyncScope()

try {
  scope.get(Repository)
} catch (error) {
  console.log(String(error))
}
// Asked for twice meanwhile, made once.
const [repository, connection] = await Promise.all([scope.getAsync(Repository), scope.getAsync(Connection)])
console.log(repository.connection === connection)
// From now on it is there.
console.log(scope.get(Repository) === repository)
