/** Where callbacks keep files: folders (in Node), the private file system of a page, its database, or wherever somebody wants. */
import { ArgumentError, ThawError } from '../../errors.ts'
import { described, isRecord } from '../../described.ts'

/** What is written: a `KerasFile`, or any pieces of bytes. */
export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/**
 * Keeps files under names with slashes. Writing replaces a file when the new one is whole; until then, and where it fails, the old one stays.
 * See {@link opfsStore}.
 */
export interface FileStore {
  /**
   * Writes a file, or replaces it when the new one is whole.
   * @throws what the storage says; the signal's reason
   */
  write(name: string, file: Pieces, signal?: AbortSignal): Promise<void>
  /** Undefined where there is none. */
  read(name: string): Promise<Blob | undefined>
}

/** Lines that are put to a text, as they come. */
export interface TextStore {
  /** Begins a text; with `append` behind what is there. @returns whether there is something already */
  begin(name: string, append: boolean): Promise<boolean>
  append(name: string, text: string): Promise<void>
}

let folders: (FileStore & TextStore) | undefined

/** What a path means. Node's entry sets it. */
export function setFolders(store: FileStore & TextStore): void {
  folders = store
}

/** @throws ArgumentError where there is none */
export function textStore(where: string): TextStore {
  if (folders) return folders
  throw new ArgumentError(where, 'a path needs the entry for Node, got one in a page (give a function that gets the lines)')
}

/** Folders in Node; in a page the private file system, or where there is none the database. */
export function defaultStore(): FileStore {
  return folders ?? (hasPrivateFiles() ? opfsStore() : indexedDbStore())
}

/** @throws ArgumentError for what is no store */
export function checkStore(where: string, given: unknown): void {
  if (isRecord(given) && typeof given['write'] === 'function') return
  throw new ArgumentError(where, `store must be an object with write(name, file, signal), got ${described(given)}`)
}

/** Writes, with what a store throws told as ours. @throws ThawError `storage`; the signal's reason */
export async function keep(store: FileStore, name: string, file: Pieces, signal?: AbortSignal): Promise<void> {
  try {
    await store.write(name, file, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof ThawError) throw cause
    throw new ThawError('storage', `[${name}] there must be room for the file, and leave to write it, got ${String(cause)}`, { cause })
  }
}

function hasPrivateFiles(): boolean {
  const file = (globalThis as { FileSystemFileHandle?: { prototype: object } }).FileSystemFileHandle
  return file !== undefined && 'createWritable' in file.prototype && typeof navigator.storage?.getDirectory === 'function'
}

/** The folder that a name lies in, and what is left of the name. */
async function locate(name: string, create: boolean): Promise<{ folder: FileSystemDirectoryHandle; last: string }> {
  const parts = name.split('/').filter(Boolean)
  const last = parts.pop() ?? name
  let folder = await navigator.storage.getDirectory()
  for (const part of parts) folder = await folder.getDirectoryHandle(part, { create })
  return { folder, last }
}

const isMissing = (error: unknown) => error instanceof DOMException && error.name === 'NotFoundError'

async function readPrivate(name: string): Promise<Blob | undefined> {
  try {
    const { folder, last } = await locate(name, false)
    return await (await folder.getFileHandle(last)).getFile()
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/**
 * The page's private file system. What a file had stays until the new one is closed.
 * @example
 * // in a page
 * const store = opfsStore()
 * await store.write('models/mine.keras', model.save())
 * const again = await loadModel((await store.read('models/mine.keras'))!)
 */
export function opfsStore(): FileStore {
  return {
    read: readPrivate,
    async write(name, file, signal) {
      const before = await readPrivate(name)
      const { folder, last } = await locate(name, true)
      const writable = await (await folder.getFileHandle(last, { create: true })).createWritable()
      try {
        for await (const piece of file) {
          signal?.throwIfAborted()
          await writable.write(piece as Uint8Array<ArrayBuffer>)
        }
        await writable.close()
      } catch (error) {
        await writable.abort().catch(() => undefined)
        if (!before) await folder.removeEntry(last).catch(() => undefined)
        throw error
      }
    },
  }
}

const FILES = 'files'

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error!)
  })
}

async function withFiles<T>(mode: IDBTransactionMode, use: (files: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open('thaw-files', 1)
  opening.onupgradeneeded = () => void opening.result.createObjectStore(FILES)
  const db = await settled(opening)
  try {
    const transaction = db.transaction(FILES, mode)
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error!)
    })
    const [result] = await Promise.all([settled(use(transaction.objectStore(FILES))), done])
    return result
  } finally {
    db.close()
  }
}

/**
 * The page's database.
 * @example
 * // in a page
 * const store = indexedDbStore()
 * await model.fit({ x, y }, { callbacks: [modelCheckpoint({ filepath: 'mine.keras', store })] })
 * const again = await loadModel((await store.read('mine.keras'))!)
 */
export function indexedDbStore(): FileStore {
  return {
    read: (name) => withFiles('readonly', (files) => files.get(name) as IDBRequest<Blob | undefined>),
    async write(name, file, signal) {
      const parts: BlobPart[] = []
      for await (const piece of file) {
        signal?.throwIfAborted()
        parts.push(piece.slice())
      }
      await withFiles('readwrite', (files) => files.put(new Blob(parts), name))
    },
  }
}
