import { ServiceCollection } from 'holdfast/hosting'
import { Connection } from 'holdfast-example-sqlite/connection.js'
import { Progress } from './progress.js'
import { openDatabase, ReadingStore } from './reading-store.js'
import { Recorder } from './recorder.js'
import { Sensor } from './sensor.js'
import { QUANTITIES, SensorBus } from './sensor-bus.js'
import { RecorderSettings } from './settings.js'
import { Station } from './station.js'

/** All but who calls the recorder. */
export function recorderServices(settings: RecorderSettings): ServiceCollection {
  const services = new ServiceCollection()
    // One for the program.
    .addSingleton(RecorderSettings, { instance: settings })
    .addSingleton(Progress)
    .addSingleton(SensorBus)
    // One for each scope: whoever asks in the same iteration works on the same connection, in the same transaction.
    .addScoped(Connection, () => openDatabase(settings.database))
    .addScoped(ReadingStore)
    // One for whoever asks.
    .addTransient(Station)
    .addTransient(Recorder)
  for (const quantity of QUANTITIES) {
    services.addKeyedTransient(Sensor, quantity, (services) => new Sensor(services.get(SensorBus), quantity))
  }
  return services
}
