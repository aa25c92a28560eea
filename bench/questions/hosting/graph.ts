// The services of the questions. All libraries construct the same classes: `inject` stands for the parameters, which
// have the names of the services for the one library that goes by those.

export interface ServiceClass {
  readonly name: string
  readonly inject?: readonly ServiceClass[]
  new (...needs: any[]): object
}

export interface Service {
  readonly type: ServiceClass
  readonly lifetime: 'singleton' | 'scoped' | 'transient'
}

let released = 0

/** How many services were disposed of in this process. */
export function releasedServices(): number {
  return released
}

/** Is disposed of by either method, whichever a library knows. */
export class Releasable {
  dispose(): void {
    released++
  }

  [Symbol.dispose](): void {
    released++
  }
}

export function isReleasable({ type }: Service): boolean {
  return type.prototype instanceof Releasable
}

export class Config {}

export class Pool {
  static readonly inject = [Config]
  readonly config: Config

  constructor(config: Config) {
    this.config = config
  }
}

export class Session extends Releasable {
  static readonly inject = [Pool, Config]
  readonly pool: Pool
  readonly config: Config

  constructor(pool: Pool, config: Config) {
    super()
    this.pool = pool
    this.config = config
  }
}

export class User extends Releasable {
  static readonly inject = [Config]
  readonly config: Config

  constructor(config: Config) {
    super()
    this.config = config
  }
}

export class UnitOfWork extends Releasable {
  static readonly inject = [Session]
  readonly session: Session

  constructor(session: Session) {
    super()
    this.session = session
  }
}

export class Orders extends Releasable {
  static readonly inject = [UnitOfWork]
  readonly unitOfWork: UnitOfWork

  constructor(unitOfWork: UnitOfWork) {
    super()
    this.unitOfWork = unitOfWork
  }
}

export class Validator extends Releasable {
  static readonly inject = [Session]
  readonly session: Session

  constructor(session: Session) {
    super()
    this.session = session
  }
}

export class Mailer extends Releasable {
  static readonly inject = [User]
  readonly user: User

  constructor(user: User) {
    super()
    this.user = user
  }
}

export class Mapper {}

export class Handler {
  static readonly inject = [Orders, Validator, Mapper, Mailer]
  readonly orders: Orders
  readonly validator: Validator
  readonly mapper: Mapper
  readonly mailer: Mailer

  constructor(orders: Orders, validator: Validator, mapper: Mapper, mailer: Mailer) {
    this.orders = orders
    this.validator = validator
    this.mapper = mapper
    this.mailer = mailer
  }
}

/** To resolve a `Handler` is to resolve all of them, the session twice. */
export const GRAPH: readonly Service[] = [
  { type: Config, lifetime: 'singleton' },
  { type: Pool, lifetime: 'singleton' },
  { type: Session, lifetime: 'scoped' },
  { type: User, lifetime: 'scoped' },
  { type: UnitOfWork, lifetime: 'scoped' },
  { type: Orders, lifetime: 'scoped' },
  { type: Validator, lifetime: 'transient' },
  { type: Mailer, lifetime: 'transient' },
  { type: Mapper, lifetime: 'transient' },
  { type: Handler, lifetime: 'transient' },
]

/** Two singletons and a transient. */
export class Report {
  static readonly inject = [Config, Pool, Mapper]
  readonly config: Config
  readonly pool: Pool
  readonly mapper: Mapper

  constructor(config: Config, pool: Pool, mapper: Mapper) {
    this.config = config
    this.pool = pool
    this.mapper = mapper
  }
}

/** Without anything scoped. */
export const REPORTING: readonly Service[] = [
  { type: Config, lifetime: 'singleton' },
  { type: Pool, lifetime: 'singleton' },
  { type: Mapper, lifetime: 'transient' },
  { type: Report, lifetime: 'transient' },
]

class Plain {}

/**
 * A class of its own. What it is given it does not keep: the stores of one constructor that many classes have would be
 * slower than all the rest.
 */
export function makeClass(
  name: string,
  inject: readonly ServiceClass[],
  Parent: new () => object = Plain,
): ServiceClass {
  const { [name]: type } = {
    [name]: class extends Parent {
      static readonly inject = inject
    },
  }
  return type as ServiceClass
}

/** Services that nobody asks for. */
export function bystanders(count: number, prefix: string): Service[] {
  return Array.from({ length: count }, (_, i) => ({ type: makeClass(`${prefix}${i}`, []), lifetime: 'singleton' }))
}
