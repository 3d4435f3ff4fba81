/** A file on disk as a `ByteSource`. Node only. */
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { FileError } from '../errors.ts'
import { checkRange, type ByteSource } from '../loaders/bytes.ts'

export interface FileSource extends ByteSource {
  /** Closes the file; later reads fail. May be called again. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Opens a file for reading in ranges. The caller closes it.
 * @throws FileError `not-found` when there is no such file, or it may not be read, or is a folder.
 */
export async function fileSource(path: string): Promise<FileSource> {
  const name = basename(path)
  const refuse = (got: string, cause?: unknown) =>
    new FileError('not-found', `[${name}] the path must be a readable file, got ${got}`, { path }, { cause })
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw refuse(String(cause), cause)
  })
  const stat = await handle.stat()
  if (!stat.isFile()) {
    await handle.close()
    throw refuse('a folder or device')
  }
  let closing: Promise<void> | undefined
  const close = () => (closing ??= handle.close())
  const source: FileSource = {
    size: stat.size,
    name,
    async read(offset, length, signal) {
      signal?.throwIfAborted()
      checkRange(source, offset, length)
      if (closing) throw new FileError('not-found', `[${name}] the file must be open, got a read after close()`, { offset, path })
      const bytes = new Uint8Array(length)
      for (let got = 0; got < length;) {
        const { bytesRead } = await handle.read(bytes, got, length - got, offset + got)
        signal?.throwIfAborted()
        if (bytesRead === 0) {
          throw new FileError('truncated', `[${name}] the file must keep its ${stat.size} bytes, got the end at ${offset + got}`, {
            offset: offset + got,
            path,
          })
        }
        got += bytesRead
      }
      return bytes
    },
    close,
    [Symbol.asyncDispose]: close,
  }
  return source
}
