/** A web server for pages as they are delivered: the site's, those of tests and those of examples. */
import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.wasm': 'application/wasm',
}

export interface SiteOptions {
  /** Other files at addresses of their own (`/model.keras`). */
  readonly files?: Readonly<Record<string, string>>
  /** Headers of every answer. Default: a Content-Security-Policy that allows nothing but the site's own files. */
  readonly headers?: Readonly<Record<string, string>>
  /** Default: one that is free. */
  readonly port?: number
}

export interface Site {
  /** With a slash at its end. */
  readonly url: string
  close(): void
}

/** Serves a folder, and nothing else but what the options say, on this machine. */
export async function serveSite(
  folder: string,
  { files = {}, headers = { 'Content-Security-Policy': "default-src 'self'" }, port = 0 }: SiteOptions = {},
): Promise<Site> {
  const server = createServer(({ url = '/' }, response) => {
    const [address] = url.split('?', 1) as [string]
    const path = files[address] ?? join(folder, normalize(`/${address.endsWith('/') ? `${address}index.html` : address}`))
    response.setHeaders(new Map(Object.entries(headers)))
    response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream')
    response.setHeader('Cache-Control', 'no-cache')
    createReadStream(path)
      .on('error', () => response.writeHead(404).end())
      .pipe(response)
  })
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(port, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close }
}
