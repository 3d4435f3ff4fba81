/** A service that says what pictures are: POST a PNG or JPEG, get classes as JSON. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { ArgumentError, FileError, type Classification, type Classifier } from '../../src/node.ts'
import { BatchQueue, QueueFull } from './queue.ts'

export interface ServiceOptions {
  /** Most pictures that are predicted together. Default 8. */
  batch?: number
  /** Most pictures that wait or are on their way; the next one gets HTTP 503, unread. Default 64. */
  waiting?: number
  /** Largest picture in bytes; a larger one gets HTTP 413. Default 10 MiB. */
  maxBytes?: number
}

/** A number that a user has given. @throws ArgumentError unless it is whole, and in the range */
export function whole(name: string, given: number | string, least = 1, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+$/.test(String(given)) ? Number(given) : NaN
  if (value >= least && value <= most) return value
  throw new ArgumentError('service', `${name} must be a whole number from ${least} to ${most}, got ${given}`)
}

/** The request's body, or undefined where it is larger than may be. */
async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes <= maxBytes) parts.push(part) // the rest is read and dropped, so that the client hears the answer
  }
  return bytes <= maxBytes ? Buffer.concat(parts) : undefined
}

function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** The status that an error is, and what the client is told. */
function refuse(response: ServerResponse, error: unknown): void {
  const { message } = error as Error
  if (error instanceof QueueFull) answer(response, 503, { code: error.code, message }, { 'retry-after': '1' })
  else if (error instanceof FileError) answer(response, 422, { code: error.code, message })
  else answer(response, 500, { code: 'internal', message: 'the picture could not be classified' })
}

/**
 * A server around a classifier, and how it is closed: it takes no more, answers what waits, and is gone.
 * @throws ArgumentError unless the options are whole numbers from 1 on
 */
export function classifierService(
  classifier: Classifier,
  { batch = 8, waiting = 64, maxBytes = 10 * 1024 ** 2 }: ServiceOptions = {},
): { server: Server; close: () => Promise<void> } {
  for (const [name, value] of Object.entries({ batch, waiting, maxBytes })) whole(name, value)
  const queue = new BatchQueue<Buffer, Classification[]>((pictures) => classifier.classify(pictures), batch, waiting)
  let coming = 0
  const taken = () => queue.length + coming

  /** The picture of a request. It has a place before a byte is read, so that memory stays bounded. */
  async function pictureOf(request: IncomingMessage): Promise<Buffer | undefined> {
    if (taken() >= waiting) throw new QueueFull(waiting)
    coming++
    try {
      return await bodyOf(request, maxBytes)
    } finally {
      coming--
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/health') return answer(response, 200, { waiting: taken() })
    if (request.url !== '/classify') return answer(response, 404, { code: 'not-found', message: 'POST a picture to /classify' })
    if (request.method !== 'POST')
      return answer(response, 405, { code: 'method', message: 'POST a picture to /classify' }, { allow: 'POST' })
    const picture = await pictureOf(request)
    if (!picture) return answer(response, 413, { code: 'too-large', message: `a picture must have at most ${maxBytes} bytes` })
    answer(response, 200, await queue.push(picture))
  }

  // a picture that does not come gives its place back
  const server = createServer({ requestTimeout: 60_000 }, (request, response) => {
    handle(request, response).catch((error: unknown) => refuse(response, error))
  })
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    await closed
    await queue.idle()
  }
  return { server, close }
}
