// Each statement below a comment `error:` must be refused by the compiler, in the line after it, with those words; and
// nothing else may be. test/types/hosting.test.ts compiles this file; the other checks leave it out.
import {
  all,
  createToken,
  keyed,
  type Lazy,
  lazy,
  ServiceCollection,
  ServiceProvider,
  type Token,
} from '../../lib/hosting/index.js'
import { MappedFile } from '../../lib/index.js'

class Config {
  readonly path = ''
}
class Pool {
  readonly size = 1
}
interface Clock {
  now(): number
}
const Clock = createToken<Clock>('Clock')
const Name = createToken<string>('Name')
const services = new ServiceCollection()

class Right {
  static readonly inject = [Config, Clock, all(Name), lazy(Pool), keyed(Name, 'key'), ServiceProvider] as const
  constructor(
    _config: Config,
    _clock: Clock,
    _names: readonly string[],
    _pool: Lazy<Pool>,
    _name: string,
    _services: ServiceProvider,
  ) {}
}
services.addScoped(Right).addTransient(Right, Right).addKeyedSingleton(Right, 'key', Right)

class SystemClock implements Clock {
  now() {
    return 0
  }
}
services.addSingleton(Clock, SystemClock).addSingleton(Clock, () => new SystemClock())
services.addSingleton(Clock, { instance: new SystemClock() }).addScoped(Clock, async () => new SystemClock())

abstract class Store {
  abstract save(): void
}
class FileStore extends Store {
  static readonly inject = [Config] as const
  readonly config: Config

  constructor(config: Config) {
    super()
    this.config = config
  }

  save() {}
}
services.addScoped(Store, FileStore).replace(Store, FileStore)
const store: Store = services.build().get(Store)
void store

class Reader {
  static readonly inject = [MappedFile] as const
  constructor(_file: MappedFile) {}
}
services.addScoped(MappedFile, () => MappedFile.open('readings')).addScoped(Reader)
const file: MappedFile = services.build().get(MappedFile)
void file

class WithDefault {
  static readonly inject = [Config] as const
  constructor(_config: Config, _pool?: Pool) {}
}
services.addScoped(WithDefault)

class OtherType {
  static readonly inject = [Pool] as const
  constructor(_config: Config) {}
}
// error: Type 'typeof Pool' is not assignable to type 'Dependency<Config>'
services.addScoped(OtherType)

class OtherOrder {
  static readonly inject = [Pool, Config] as const
  constructor(_config: Config, _pool: Pool) {}
}
// error: Type 'typeof Pool' is not assignable to type 'Dependency<Config>'
services.addTransient(OtherOrder)

class TooFew {
  static readonly inject = [Config] as const
  constructor(_config: Config, _pool: Pool) {}
}
// error: Source has 1 element(s) but target requires 2
services.addSingleton(TooFew)

class TooMany {
  static readonly inject = [Config, Pool] as const
  constructor(_config: Config) {}
}
// error: Source has 2 element(s) but target allows only 1
services.addScoped(TooMany)

class NoInject {
  constructor(_config: Config) {}
}
// error: Property 'inject' is missing in type 'typeof NoInject'
services.addScoped(NoInject)

class NotLazy {
  static readonly inject = [Pool] as const
  constructor(_pool: Lazy<Pool>) {}
}
// error: Type 'typeof Pool' is not assignable to type
services.addScoped(NotLazy)

class NotAll {
  static readonly inject = [Name] as const
  constructor(_names: string[]) {}
}
// error: Type 'ServiceToken<string>' is not assignable to type
services.addScoped(NotAll)

class OtherKeyed {
  static readonly inject = [keyed(Name, 'key')] as const
  constructor(_config: Config) {}
}
// error: Type 'KeyedDependency<string>' is not assignable to type 'Dependency<Config>'
services.addScoped(OtherKeyed)

// error: Property 'now' is missing in type 'Pool'
services.addScoped(Clock, Pool)

// error: No overload matches this call
services.addScoped(Clock, () => new Pool())

// error: No overload matches this call
services.addSingleton(Name, { instance: 5 })

// error: No overload matches this call
services.addScoped(Name, { instance: 'always a singleton' })

// error: Cannot assign an abstract constructor type
services.addScoped(Store)

// error: Argument of type 'ServiceToken<string>' is not assignable
services.addSingleton(Name)

// error: Type 'string' is not assignable to type 'number'
const length: number = services.build().get(Name)
void length

// error: is not assignable to parameter of type 'Token<unknown>'
services.build().get('Name')

// error: is not assignable to type
const token: Token<Config> = Name
void token

// error: Property '[Symbol.dispose]' is missing in type 'AsyncServiceScope'
using scope = services.build().createAsyncScope()
void scope

// error: Property '[Symbol.dispose]' is missing in type 'ServiceProvider'
using provider = services.build().get(ServiceProvider)
void provider
