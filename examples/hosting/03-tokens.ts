import { all, createToken, keyed, type Lazy, lazy, ServiceCollection } from 'holdfast/hosting'

interface Clock {
  now(): number
}
const Clock = createToken<Clock>('Clock')

interface Check {
  readonly name: string
}
const Check = createToken<Check>('Check')

class Archive {
  readonly name: string

  constructor(name: string) {
    this.name = name
    console.log(`${name} archive is made`)
  }
}

class Report {
  // One for each parameter of the constructor; the compiler compares the types.
  static readonly inject = [Clock, all(Check), keyed(Archive, 'daily'), lazy(keyed(Archive, 'yearly'))] as const
  readonly #clock: Clock
  readonly #checks: readonly Check[]
  readonly #daily: Archive
  readonly #yearly: Lazy<Archive>

  constructor(clock: Clock, checks: readonly Check[], daily: Archive, yearly: Lazy<Archive>) {
    this.#clock = clock
    this.#checks = checks
    this.#daily = daily
    this.#yearly = yearly
  }

  write(): string {
    const names = this.#checks.map(({ name }) => name).join(' and ')
    const isNewYear = this.#clock.now() === 0
    return `${names} to the ${isNewYear ? this.#yearly.value.name : this.#daily.name} archive`
  }
}

const provider = new ServiceCollection()
  .addSingleton(Clock, { instance: { now: () => 0 } })
  .addSingleton(Check, () => ({ name: 'disk' }))
  .addSingleton(Check, () => ({ name: 'network' }))
  .addKeyedSingleton(Archive, 'daily', () => new Archive('daily'))
  .addKeyedSingleton(Archive, 'yearly', () => new Archive('yearly'))
  .addSingleton(Report)
  .build()

const report = provider.get(Report)
console.log('the report is made')
console.log(report.write())
console.log(provider.get(Check).name, provider.getAll(Check).length)
