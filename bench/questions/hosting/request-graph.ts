// What one request needs: ten services, two of which are there for all requests. Of the others four have to be
// disposed of. The names of the parameters are those that awilix asks for.

let made = 0
let disposed = 0

/** How many services of requests have to be disposed of, and how many were. */
export function tally(): { readonly made: number; readonly disposed: number } {
  return { made, disposed }
}

abstract class Scoped implements Disposable {
  constructor() {
    made++
  }

  [Symbol.dispose](): void {
    disposed++
  }
}

export class Settings {
  readonly limit = 100
}

export class Pool {
  readonly connections: Connection[] = []
}

export class Connection extends Scoped {
  static readonly inject = [Pool] as const
  readonly pool: Pool
  constructor(pool: Pool) {
    super()
    this.pool = pool
  }
}

export class Transaction extends Scoped {
  static readonly inject = [Connection] as const
  readonly connection: Connection
  constructor(connection: Connection) {
    super()
    this.connection = connection
  }
}

export class Session extends Scoped {
  static readonly inject = [Settings] as const
  readonly settings: Settings
  constructor(settings: Settings) {
    super()
    this.settings = settings
  }
}

export class Audit extends Scoped {
  static readonly inject = [Session, Transaction] as const
  readonly session: Session
  readonly transaction: Transaction
  constructor(session: Session, transaction: Transaction) {
    super()
    this.session = session
    this.transaction = transaction
  }
}

export class Validator {
  static readonly inject = [Settings] as const
  readonly settings: Settings
  constructor(settings: Settings) {
    this.settings = settings
  }
}

export class Repository {
  static readonly inject = [Transaction] as const
  readonly transaction: Transaction
  constructor(transaction: Transaction) {
    this.transaction = transaction
  }
}

export class Mailer {
  static readonly inject = [Settings, Session] as const
  readonly settings: Settings
  readonly session: Session
  constructor(settings: Settings, session: Session) {
    this.settings = settings
    this.session = session
  }
}

export class Orders {
  static readonly inject = [Validator, Repository, Mailer, Audit] as const
  readonly validator: Validator
  readonly repository: Repository
  readonly mailer: Mailer
  readonly audit: Audit
  constructor(validator: Validator, repository: Repository, mailer: Mailer, audit: Audit) {
    this.validator = validator
    this.repository = repository
    this.mailer = mailer
    this.audit = audit
  }

  list(): { readonly orders: number } {
    return { orders: this.validator.settings.limit }
  }
}
