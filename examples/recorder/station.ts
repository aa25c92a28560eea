import { keyed } from 'holdfast/hosting'
import { Sensor } from './sensor.js'

export interface Reading {
  readonly pressure: number
  readonly temperature: number
  readonly humidity: number
}

/** Reads the three sensors. */
export class Station {
  static readonly inject = [keyed(Sensor, 'pressure'), keyed(Sensor, 'temperature'), keyed(Sensor, 'humidity')] as const
  readonly #pressure: Sensor
  readonly #temperature: Sensor
  readonly #humidity: Sensor

  constructor(pressure: Sensor, temperature: Sensor, humidity: Sensor) {
    this.#pressure = pressure
    this.#temperature = temperature
    this.#humidity = humidity
  }

  async measure(signal: AbortSignal): Promise<Reading> {
    const pressure = await this.#pressure.read(signal)
    const temperature = await this.#temperature.read(signal)
    const humidity = await this.#humidity.read(signal)
    return { pressure, temperature, humidity }
  }
}
