/** What a browser keeps for the project: a few named values, and pictures by their ids. Page and worker read it. */

const NAME = 'thaw-teach'
/** The browser's cache for networks from URLs. */
export const NETWORKS = 'thaw-networks'
const VALUES = 'values'
const PICTURES = 'pictures'

let opened: Promise<IDBDatabase> | undefined

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error!)
  })
}

function database(): Promise<IDBDatabase> {
  opened ??= (async () => {
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(VALUES)
      request.result.createObjectStore(PICTURES)
    }
    const database = await done(request)
    database.onclose = () => (opened = undefined) // site data was cleared
    return database
  })().catch((error: unknown) => {
    opened = undefined // so that the next one who asks tries again
    throw error
  })
  return opened
}

/** Settles when it is on disk: all of it, or nothing. @throws DOMException `QuotaExceededError` where there is no room */
async function write(stores: readonly string[], change: (...stores: IDBObjectStore[]) => void): Promise<void> {
  const transaction = (await database()).transaction(stores, 'readwrite')
  const finished = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error!)
  })
  change(...stores.map((name) => transaction.objectStore(name)))
  await finished
}

const all = async (store: string) => (await database()).transaction(store).objectStore(store)

export const readValue = async <T>(key: string): Promise<T | undefined> => done((await all(VALUES)).get(key) as IDBRequest<T | undefined>)

/** @param value undefined takes it away */
export const writeValue = (key: string, value: unknown): Promise<void> =>
  write([VALUES], (store) => void (value === undefined ? store.delete(key) : store.put(value, key)))

/** A picture that the browser does not have any more. */
class LostPicture extends Error {
  override readonly name = 'LostPicture'
}

/** The bytes of a picture, which may be in memory. @throws LostPicture */
export async function contentOf({ id, blob }: { readonly id: string; readonly blob?: Blob | undefined }): Promise<Blob> {
  const found = blob ?? (await done((await all(PICTURES)).get(id) as IDBRequest<Blob | undefined>))
  if (found) return found
  throw new LostPicture('A picture is not kept any more: site data was cleared, or another tab took it away.')
}

/** Of the pictures that are kept. */
export const pictureIds = async (): Promise<Set<string>> => new Set((await done((await all(PICTURES)).getAllKeys())) as string[])

export const writePictures = (pictures: ReadonlyMap<string, Blob>): Promise<void> =>
  write([PICTURES], (store) => pictures.forEach((blob, id) => store.put(blob, id)))

/** Takes away what no class has. */
export const keepPictures = async (ids: ReadonlySet<string>): Promise<void> => {
  const keys = await pictureIds()
  await write([PICTURES], (store) => keys.forEach((key) => !ids.has(key) && store.delete(key)))
}

/** Takes everything away. */
export const clearAll = async (): Promise<void> => {
  await write([PICTURES, VALUES], (...stores) => stores.forEach((store) => store.clear()))
  if ('caches' in globalThis) await caches.delete(NETWORKS)
}
