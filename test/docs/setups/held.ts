import { NativeBuffer } from 'holdfast'

const sessions = new Map<string, NativeBuffer>()
sessions.set('first', new NativeBuffer(16))
const buffer = sessions.get('first') as NativeBuffer
