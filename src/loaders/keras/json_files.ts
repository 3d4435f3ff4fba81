/** Which files are JSON that says where weights are, told by their first bytes. */
import type { ByteSource } from '../bytes/bytes.ts'

/** First bytes of a list of files, which tell what it is. */
const HEAD = 4096

/** True if the file is JSON, by its first character. */
export async function isJson(source: ByteSource, signal?: AbortSignal): Promise<boolean> {
  const head = new TextDecoder().decode(await source.read(0, Math.min(16, source.size), signal))
  return head.trimStart().startsWith('{')
}

const head = async (source: ByteSource, signal: AbortSignal | undefined): Promise<string> =>
  new TextDecoder().decode(await source.read(0, Math.min(HEAD, source.size), signal))

/** True for a `model.json` of TensorFlow.js. */
export async function isTfjs(source: ByteSource, signal?: AbortSignal): Promise<boolean> {
  return (await isJson(source, signal)) && /"(modelTopology|weightsManifest)"/.test(await head(source, signal))
}

/** True for the JSON that says which of the files beside it holds what: a list of shards, a `model.json` of TensorFlow.js. */
export async function isShardList(source: ByteSource, signal?: AbortSignal): Promise<boolean> {
  return (await isTfjs(source, signal)) || ((await isJson(source, signal)) && (await head(source, signal)).includes('"weight_map"'))
}
