import { ServiceCollection } from 'holdfast/hosting'

let made = 0

class Numbered implements Disposable {
  readonly name = `${this.constructor.name} ${++made}`;

  [Symbol.dispose](): void {
    console.log(`${this.name} disposed of`)
  }
}
class Pool extends Numbered {}
class Session extends Numbered {}
class Query extends Numbered {}

const provider = new ServiceCollection().addSingleton(Pool).addScoped(Session).addTransient(Query).build()
for (const request of ['first', 'second']) {
  using scope = provider.createScope()
  for (const token of [Pool, Session, Query, Pool, Session, Query]) console.log(request, scope.get(token).name)
}
provider.dispose()
