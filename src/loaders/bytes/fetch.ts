/** A whole small file from the web. Weights are read in ranges instead: http.ts. */
import { FileError } from '../../errors.ts'
import { request, shownUrl } from './http.ts'
import type { Patience } from './patience.ts'

/**
 * @throws FileError `http` where the server does not answer with a file, `truncated` for a body that ends early; the signal's reason
 */
export async function fetchBytes(
  url: string | URL,
  options: Pick<Patience, 'fetch' | 'headers' | 'signal'> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { signal } = options
  const name = shownUrl(String(url))
  const answer = await request(String(url), undefined, options)
  if (!answer.ok) {
    await answer.body?.cancel()
    throw new FileError('http', `[${name}] the server must answer with the file, got HTTP ${answer.status} ${answer.statusText}`)
  }
  try {
    return new Uint8Array(await answer.arrayBuffer())
  } catch (cause) {
    signal?.throwIfAborted()
    throw new FileError('truncated', `[${name}] the answer must not end early, got ${String(cause)}`, {}, { cause })
  }
}
