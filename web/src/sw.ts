/**
 * Keeps the site itself for when there is no network. Models and pictures are none of its business. A new version waits until no tab has the old one
 * any more, whose chunks are nowhere but in the old cache.
 */
declare const SITE: { readonly version: string; readonly files: readonly string[] }

/** What is used of a service worker's scope, which the page's types do not have. */
interface Scope {
  readonly registration: { readonly scope: string }
  readonly clients: { claim(): Promise<void> }
  addEventListener(type: 'install' | 'activate', listener: (event: { waitUntil(work: Promise<unknown>): void }) => void): void
  addEventListener(
    type: 'fetch',
    listener: (event: { readonly request: Request; respondWith(response: Promise<Response>): void }) => void,
  ): void
}

const worker = self as unknown as Scope
const { version, files } = SITE
const cacheName = `thaw-site-${version}`

worker.addEventListener('install', (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(files.map((file) => new Request(file, { cache: 'reload' })))))
})

worker.addEventListener('activate', (event) => {
  const old = caches.keys().then((keys) => keys.filter((key) => key.startsWith('thaw-site-') && key !== cacheName))
  event.waitUntil(old.then((keys) => Promise.all(keys.map((key) => caches.delete(key)))).then(() => worker.clients.claim()))
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const own = request.method === 'GET' && request.url.startsWith(worker.registration.scope)
  if (!own) return
  event.respondWith(caches.open(cacheName).then(async (cache) => (await cache.match(request, { ignoreSearch: true })) ?? fetch(request)))
})

export {} // names here are its own
