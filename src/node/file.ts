/** A file on disk as a `ByteSource`. Node only. */
import { open, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ArgumentError, FileError } from '../errors.ts'
import { inBlocks } from '../loaders/bytes/blocks.ts'
import { checkRange, type ByteSource } from '../loaders/bytes/bytes.ts'
import { foundBeside } from '../loaders/keras/beside.ts'

/** What {@link fileSource} gives: a file that stays open until it is closed. */
export interface FileSource extends ByteSource {
  /** Closes the file; later reads fail. May be called again. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A file that is opened for every read, so that nobody has to close it: what a path means where a weight file is expected. Small reads come
 * in blocks. A folder stands for the model.json in it.
 * @param where a path or a `file:` URL
 * @throws FileError `not-found`; ArgumentError for a URL that names no file of this machine
 */
export async function pathSource(where: string): Promise<ByteSource> {
  const given = /^file:/i.test(where) ? pathOf(where, 'file') : where
  const path = await modelIn(given)
  await using file = await fileSource(path)
  const source = reopenedSource(path, file.name, file.size)
  return path === given ? source : foundBeside(source, (name) => pathSource(join(given, name)))
}

/** `my_model` -> `my_model/model.json`, where there is one; any other path as it is. */
export async function modelIn(path: string): Promise<string> {
  const found = async (at: string) => stat(at).catch(() => undefined)
  const inner = join(path, 'model.json')
  return (await found(path))?.isDirectory() && (await found(inner))?.isFile() ? inner : path
}

/** As pathSource, where name and size are known. */
export function reopenedSource(path: string, name: string, size: number): ByteSource {
  const whole = { name, size }
  return inBlocks({
    ...whole,
    async read(offset, length, signal) {
      checkRange(whole, offset, length)
      await using file = await fileSource(path)
      return await file.read(offset, length, signal)
    },
  })
}

/** The path of a `file:` URL. @throws ArgumentError */
export function pathOf(url: string, what: string): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw new ArgumentError(what, `a file URL must name a file of this machine, got ${url}: ${(cause as Error).message}`, { cause })
  }
}

/**
 * Opens a file for reading in ranges. The caller closes it.
 * @throws FileError `not-found` when there is no such file, or it may not be read, or is a folder.
 * @example
 * await using source = await fileSource('labels.txt')
 * new TextDecoder().decode(await source.read(0, 3)) // "cat"
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
