/** Writes models and weights to disk, whole or not at all. Node only. */
import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { ArgumentError } from '../errors.ts'
import type { AnyModel, SaveModelOptions } from '../training/model.ts'
import type { KerasFile } from '../loaders/keras/keras_file.ts'

/** How a file is written: who hears of it, and who may end it. See {@link saveModel}. */
export interface SaveOptions {
  /** Ends the writing with its reason; what was at the path stays. */
  signal?: AbortSignal
  /** Bytes written. */
  onProgress?: (progress: { readonly loadedBytes: number; readonly totalBytes: number }) => void
}

/**
 * Writes a file that `save` or `saveWeights` gave. What was at the path stays until the new file is complete.
 * @throws the signal's reason; what the file system says
 * @example
 * await writeKerasFile('mine.h5', model.save('h5'), { signal })
 */
export async function writeKerasFile(path: string, file: KerasFile, { signal, onProgress }: SaveOptions = {}): Promise<void> {
  const totalBytes = await file.size()
  const onPiece = (loadedBytes: number) => onProgress?.({ loadedBytes, totalBytes })
  return writePieces(path, file, { ...(signal && { signal }), onPiece })
}

/** As writeKerasFile, any bytes. @param options.onPiece hears how many are written */
export async function writePieces(
  path: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { signal, onPiece }: { signal?: AbortSignal; onPiece?: (bytes: number) => void },
): Promise<void> {
  const part = `${path}.${randomUUID().slice(0, 8)}.part` // two may write the same file
  const handle = await open(part, 'w')
  try {
    let written = 0
    for await (const bytes of pieces) {
      signal?.throwIfAborted()
      await handle.writeFile(bytes)
      onPiece?.((written += bytes.length))
    }
    await handle.sync()
    await handle.close()
    await rename(part, path)
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(part, { force: true })
    throw error
  }
}

/**
 * Saves a whole model as Keras does: `.keras` gives the archive of Keras 3, `.h5` or `.hdf5` the legacy form.
 * @throws ArgumentError for another ending, and as `save`; what the file system says
 * @example
 * await saveModel(model, 'mine.keras', { onProgress: ({ loadedBytes, totalBytes }) => console.log(loadedBytes / totalBytes) })
 * const again = await loadModel('mine.keras')
 */
export async function saveModel(model: AnyModel, path: string, options: SaveOptions & SaveModelOptions = {}): Promise<void> {
  const format = path.endsWith('.keras') ? 'keras' : /\.(h5|hdf5)$/.test(path) ? 'h5' : undefined
  if (!format) throw new ArgumentError('saveModel', `a model's file must end in .keras or .h5, got ${path}`)
  await writeKerasFile(path, model.save(format, options), options)
}

/**
 * Saves the weights as Keras does: `.weights.h5` gives the form of Keras 3, another `.h5` or `.hdf5` the legacy form.
 * @throws ArgumentError for another ending; what the file system says
 * @example
 * await saveWeights(model, 'mine.weights.h5')
 * await model.loadWeights('mine.weights.h5')
 */
export async function saveWeights(model: AnyModel, path: string, options: SaveOptions = {}): Promise<void> {
  const format = path.endsWith('.weights.h5') ? 'weights.h5' : /\.(h5|hdf5)$/.test(path) ? 'h5' : undefined
  if (!format) throw new ArgumentError('saveWeights', `a file of weights must end in .weights.h5 or .h5, got ${path}`)
  await writeKerasFile(path, model.saveWeights(format), options)
}
