/** What a browser keeps for the project: a few named values, and pictures by their ids. Page and worker read it. */

const NAME = 'thaw-teach'
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
  opened ??= (() => {
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(VALUES)
      request.result.createObjectStore(PICTURES)
    }
    return done(request)
  })()
  return opened
}

/** Settles when it is on disk. @throws DOMException `QuotaExceededError` where there is no room */
async function write(store: string, change: (store: IDBObjectStore) => void): Promise<void> {
  const transaction = (await database()).transaction(store, 'readwrite')
  const finished = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error!)
  })
  change(transaction.objectStore(store))
  await finished
}

const all = async (store: string) => (await database()).transaction(store).objectStore(store)

export const readValue = async <T>(key: string): Promise<T | undefined> => done((await all(VALUES)).get(key) as IDBRequest<T | undefined>)

/** @param value undefined takes it away */
export const writeValue = (key: string, value: unknown): Promise<void> =>
  write(VALUES, (store) => void (value === undefined ? store.delete(key) : store.put(value, key)))

/** The bytes of a picture, which may be in memory. @throws Error for one that the browser has lost */
export async function contentOf({ id, blob }: { readonly id: string; readonly blob?: Blob | undefined }): Promise<Blob> {
  const found = blob ?? (await done((await all(PICTURES)).get(id) as IDBRequest<Blob | undefined>))
  if (found) return found
  throw new Error(
    'A picture is not kept any more: site data was cleared, or another tab took it away. Reload the page to see what there is.',
  )
}

/** Of the pictures that are kept. */
export const pictureIds = async (): Promise<Set<string>> => new Set((await done((await all(PICTURES)).getAllKeys())) as string[])

export const writePictures = (pictures: ReadonlyMap<string, Blob>): Promise<void> =>
  write(PICTURES, (store) => pictures.forEach((blob, id) => store.put(blob, id)))

/** Takes away what no class has. */
export const keepPictures = async (ids: ReadonlySet<string>): Promise<void> => {
  const keys = await pictureIds()
  await write(PICTURES, (store) => keys.forEach((key) => !ids.has(key) && store.delete(key)))
}

export const clearAll = async (): Promise<void> => {
  await write(PICTURES, (store) => store.clear())
  await write(VALUES, (store) => store.clear())
}
