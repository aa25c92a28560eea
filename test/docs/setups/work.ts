import { NativeBuffer } from 'holdfast'
import { tracking } from 'holdfast/tracking'

const kept: NativeBuffer[] = []

async function work(): Promise<void> {
  kept.push(new NativeBuffer(16))
}
