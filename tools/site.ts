/** A web server for pages as they are delivered: its Content-Security-Policy allows nothing but its own files. */
import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.txt': 'text/plain' }

export interface Site {
  /** With a slash at its end. */
  readonly url: string
  close(): void
}

/** Serves a folder, and other files at addresses of their own (`/model.keras`). */
export async function serveSite(folder: string, files: Readonly<Record<string, string>> = {}): Promise<Site> {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost')
    const path = files[pathname] ?? join(folder, normalize(pathname === '/' ? '/index.html' : pathname))
    response.setHeader('Content-Security-Policy', "default-src 'self'")
    response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream')
    createReadStream(path)
      .on('error', () => response.writeHead(404).end())
      .pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close }
}
