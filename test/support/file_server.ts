/** A web server for tests: serves files whole and in ranges, computed on the fly if need be, counts what it sends, and misbehaves on request. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ServedFile {
  readonly size: number
  /** Bytes [begin, end). */
  read(begin: number, end: number): Uint8Array
}

/** How one answer differs from what it should be. */
export interface Misbehaviour {
  /** Cuts the connection after so many bytes of the body. */
  cutAfter?: number
  /** Sends so many bytes of the body and then nothing more. */
  stallAfter?: number
  /** Milliseconds between two slices of 64 KiB. */
  delay?: number
  /** Answers with this status, and a page. */
  status?: number
  contentType?: string
  /** Sends the whole file with HTTP 200 whatever is asked for. */
  ignoreRange?: boolean
  /** null: no such header. */
  contentLength?: number | null
  contentRange?: string | null
  etag?: string | null
  /** Another file than the server's own. */
  file?: ServedFile
}

export interface SeenRequest {
  readonly path: string
  readonly range: string | undefined
  status: number
  /** Bytes of the body that were sent. */
  sent: number
}

export interface FileServer {
  /** Without a slash at its end. */
  readonly url: string
  readonly requests: SeenRequest[]
  /** Bytes of all bodies. */
  readonly sent: number
  close(): Promise<void>
}

/** A file in memory. */
export function served(bytes: Uint8Array): ServedFile {
  return { size: bytes.length, read: (begin, end) => bytes.subarray(begin, end) }
}

/** Bytes that are written at once. */
const SLICE = 64 * 1024

/**
 * Serves one file under every path.
 * @param misbehave what is wrong with the n-th answer (from 0), if anything
 */
export async function serveFile(
  file: ServedFile,
  misbehave: (n: number, request: SeenRequest) => Misbehaviour | undefined = () => undefined,
): Promise<FileServer> {
  const requests: SeenRequest[] = []
  const server = createServer((request, response) => {
    const seen: SeenRequest = { path: request.url!, range: request.headers.range, status: 0, sent: 0 }
    requests.push(seen)
    void answer(file, seen, response, misbehave(requests.length - 1, seen) ?? {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get sent() {
      return requests.reduce((n, r) => n + r.sent, 0)
    },
    close: () => closed(server),
  }
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

async function answer(own: ServedFile, seen: SeenRequest, response: ServerResponse<IncomingMessage>, wrong: Misbehaviour): Promise<void> {
  const file = wrong.file ?? own
  if (wrong.status !== undefined) {
    seen.status = wrong.status
    response.writeHead(wrong.status, { 'content-type': wrong.contentType ?? 'text/html' }).end('<html>no such file</html>')
    return
  }
  const [, first, last] = (wrong.ignoreRange ? null : /^bytes=(\d+)-(\d*)$/.exec(seen.range ?? '')) ?? []
  const begin = Number(first ?? 0)
  const end = Math.min(file.size, last ? Number(last) + 1 : file.size)
  seen.status = first === undefined ? 200 : begin < file.size ? 206 : 416
  if (seen.status === 416) {
    response.writeHead(416, { 'content-range': `bytes */${file.size}` }).end()
    return
  }
  const { contentLength = end - begin, etag = '"one"' } = wrong
  const { contentRange = seen.status === 206 ? `bytes ${begin}-${end - 1}/${file.size}` : null } = wrong
  response.strictContentLength = false
  response.writeHead(seen.status, {
    'content-type': wrong.contentType ?? 'application/octet-stream',
    ...(contentLength !== null && { 'content-length': contentLength }),
    ...(contentRange !== null && { 'content-range': contentRange }),
    ...(etag !== null && { etag }),
  })
  const stop = Math.min(end, begin + Math.min(wrong.cutAfter ?? Infinity, wrong.stallAfter ?? Infinity))
  for (let at = begin; at < stop && !response.destroyed; at += SLICE) {
    const bytes = file.read(at, Math.min(stop, at + SLICE))
    await new Promise<void>((resolve) => {
      response.once('close', resolve)
      response.write(bytes, () => {
        response.off('close', resolve)
        resolve()
      })
    })
    seen.sent += bytes.length
    if (wrong.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, wrong.delay))
  }
  if (wrong.cutAfter !== undefined && stop < end) response.destroy()
  else if (wrong.stallAfter === undefined) response.end()
}
