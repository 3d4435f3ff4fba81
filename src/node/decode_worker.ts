/** Decodes pictures in a thread of its own, which begins with the settings of all: one message for each, and one back. */
import { parentPort, workerData } from 'node:worker_threads'
import { FileError } from '../errors.ts'
import { decodePicture, type PictureSettings, type PictureSource } from './decode_picture.ts'

/** A picture to be decoded. */
export interface DecodeJob {
  readonly source: PictureSource
  /** For messages. */
  readonly path: string
}

/** Its values, or what went wrong. A FileError in parts: classes do not get through. */
export type DecodeAnswer =
  | { readonly data: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> }
  | { readonly file: Pick<FileError, 'code' | 'message' | 'offset' | 'path'> }
  | { readonly error: unknown }

async function answerTo({ source, path }: DecodeJob): Promise<DecodeAnswer> {
  try {
    return { data: await decodePicture(source, path, workerData as PictureSettings) }
  } catch (error) {
    if (!(error instanceof FileError)) return { error }
    const { code, message, offset, path: object } = error
    return { file: { code, message, offset, path: object } }
  }
}

parentPort?.on('message', (job: DecodeJob) => {
  void answerTo(job).then((answer) => parentPort!.postMessage(answer, 'data' in answer ? [answer.data.buffer] : []))
})
