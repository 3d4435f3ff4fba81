/** The Keras file in what was given. */
import type { ByteSource } from '../bytes/bytes.ts'
import { isZip } from '../bytes/is_zip.ts'
import { lazy } from '../../lazy.ts'

/**
 * The Keras file itself: what was given, or the only one in a zip archive around it; a `model.json` of TensorFlow.js, too.
 * @throws FileError `unsupported` naming what an archive is that holds none, or several; `not-found` listing its members; whatever is wrong with
 * it; the signal's reason
 */
export async function unwrapped(source: ByteSource, signal?: AbortSignal): Promise<ByteSource> {
  return (await isZip(source, signal)) ? (await lazy(import('./archive.ts'))).unwrappedArchive(source, signal) : source
}
