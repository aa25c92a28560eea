/** Moves the memory of an ArrayBuffer into another one, as a byte stream does on every runtime. */
export async function moveMemory(arrayBuffer: ArrayBuffer): Promise<Uint8Array> {
  const stream = new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const request = controller.byobRequest
      request?.respond(request.view?.byteLength ?? 0)
    },
  })
  const { value } = await stream.getReader({ mode: 'byob' }).read(new Uint8Array(arrayBuffer))
  if (value === undefined || arrayBuffer.byteLength > 0) throw new Error('The memory was not moved.')
  return value
}
