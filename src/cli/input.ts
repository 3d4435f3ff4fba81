/** Weight files that the command line names: a path or a URL; with the list of shards, or a model.json, come the files beside it. */
import { dirname, join } from 'node:path'
import { inBlocks } from '../loaders/bytes/blocks.ts'
import type { ByteSource } from '../loaders/bytes/bytes.ts'
import { besideUrl, httpSource } from '../loaders/bytes/http.ts'
import { openKerasWeights } from '../loaders/keras/keras.ts'
import type { KerasWeightsFile } from '../loaders/keras/weights_file.ts'
import type { Said } from '../models/networks.ts'
import { fileSource, modelIn } from '../node/file.ts'

export type { Said } from '../models/networks.ts'

/** True for what is read by HTTP. */
export const isUrl = (name: string): boolean => /^https?:/i.test(name)

/** An opened file. */
export interface OpenedFile extends AsyncDisposable {
  readonly source: ByteSource
  /** What it holds; its weights are in it and its shards. */
  readonly keras: KerasWeightsFile
  /** The file and its shards, for `loadWeights`. */
  readonly sources: readonly ByteSource[]
}

/** The file of another name in the same folder. */
const beside = (name: string, other: string): string => (isUrl(name) ? besideUrl(name, other) : join(dirname(name), other))

/**
 * Opens a file and lists what it holds.
 * @param name a path, that of a folder with a model.json too, or a URL (http, https)
 * @param said which Keras wrote it, where it does not say so
 * @throws FileError; the signal's reason
 */
export async function openFile(name: string, signal: AbortSignal, { kerasVersion }: Said = {}): Promise<OpenedFile> {
  const sources: ByteSource[] = []
  const close: (() => Promise<void>)[] = []
  const open = async (from: string): Promise<ByteSource> => {
    if (isUrl(from)) {
      const source = await httpSource(from, { signal })
      sources.push(source)
      return source
    }
    const file = await fileSource(from)
    close.push(() => file.close())
    const source = inBlocks(file)
    sources.push(source)
    return source
  }
  const dispose = async () => void (await Promise.all(close.map((c) => c())))
  try {
    const path = isUrl(name) ? name : await modelIn(name)
    const source = await open(path)
    const keras = await openKerasWeights(source, {
      signal,
      sibling: (other) => open(beside(path, other)),
      ...(kerasVersion !== undefined && { kerasVersion }),
    })
    return { source, keras, sources, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
