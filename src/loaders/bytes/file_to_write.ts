/** A file before it is written: what archives and Keras files are made of. */

/** A file whose bytes are made while it is read. */
export interface FileToWrite {
  /** Bytes. */
  readonly size: number
  chunks(): AsyncGenerator<Uint8Array>
}

/** A file of which all bytes are there. */
export function textFile(text: string): FileToWrite {
  const bytes = new TextEncoder().encode(text)
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(bytes)
  }
  return { size: bytes.length, chunks }
}
