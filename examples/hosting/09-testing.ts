import { ServiceCollection } from 'holdfast/hosting'

class Clock {
  today(): string {
    return new Date().toDateString()
  }
}

class Diary {
  static readonly inject = [Clock] as const
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  write(text: string): string {
    return `${this.#clock.today()}: ${text}`
  }
}

/** What the program runs with. */
const diaryServices = () => new ServiceCollection().addSingleton(Clock).addScoped(Diary)

// In a test: everything as in the program, but for the clock.
using provider = diaryServices()
  .replace(Clock, { instance: { today: () => 'Thursday' } })
  .build()
using scope = provider.createScope()
console.log(scope.get(Diary).write('it rains'))
