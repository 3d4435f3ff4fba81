/** Threads that decode the pictures of one pass. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { FileError, type FileErrorCode } from '../errors.ts'
import { bytesOf } from '../loaders/bytes/blob.ts'
import type { Decoding, Settings } from '../loaders/images/image_dataset.ts'
import { decodePicture, pictureSettingsOf, type PictureSettings, type PictureSource } from './decode_picture.ts'
import type { DecodeAnswer, DecodeJob } from './decode_worker.ts'

const MOST_THREADS = 4
/** Pictures for which starting threads is worth it. */
const MANY = 64

/** What a thread runs. Node does not run it from its TypeScript source, where there are none, then. */
const WORKER = /\.ts$/.test(import.meta.url) ? undefined : new URL('./decode_worker.js', import.meta.url)

/** Threads for so many pictures: all cores but the one that feeds the GPU. */
export function threadsFor(count: number): number {
  return count < MANY ? 0 : Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1))
}

/** A thread with one picture at a time. It keeps the process only while it works. */
class Thread {
  readonly #worker: Worker
  #job: { readonly resolve: (answer: DecodeAnswer) => void; readonly reject: (error: unknown) => void } | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(url: URL, settings: PictureSettings) {
    this.#worker = new Worker(url, { workerData: settings })
    this.#worker.unref()
    this.#worker.on('message', (answer: DecodeAnswer) => this.#job?.resolve(answer))
    this.#worker.on('error', (error) => this.#fail(error))
    this.#worker.on('exit', (code) => this.#fail(new Error(`a thread that decodes pictures ended (${code})`)))
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#job?.reject(error)
  }

  /** @throws the signal's reason, at once; what ended the thread */
  async run(job: DecodeJob, signal: AbortSignal | undefined): Promise<DecodeAnswer> {
    const stop = () => this.#job?.reject(signal!.reason)
    try {
      return await new Promise<DecodeAnswer>((resolve, reject) => {
        if (this.#failure) throw this.#failure.error
        this.#job = { resolve, reject }
        signal?.addEventListener('abort', stop)
        this.#worker.ref()
        this.#worker.postMessage(job)
      })
    } finally {
      this.#worker.unref()
      signal?.removeEventListener('abort', stop)
      this.#job = undefined
    }
  }

  close(): void {
    void this.#worker.terminate()
  }
}

/** Decodes pictures in `threads` threads, or in this one where there are to be none, or can be. @param worker the module that they run */
export function decoding(settings: Settings, threads: number, worker: URL | undefined = WORKER): Decoding<PictureSource> {
  if (!threads || !worker) return { lanes: 2, decode: (source, path, signal) => decodePicture(source, path, settings, signal), close() {} }
  const pool = Array.from({ length: threads }, () => new Thread(worker, pictureSettingsOf(settings)))
  const free = [...pool]
  return {
    lanes: threads,
    async decode(source, path, signal) {
      const given = source instanceof Blob ? await bytesOf(source, signal) : source
      signal?.throwIfAborted()
      const thread = free.pop()! // one is free for every lane; after a failure the pass is over
      const answer = await thread.run({ source: given, path }, signal)
      free.push(thread)
      if ('data' in answer) return answer.data
      if ('error' in answer) throw answer.error
      const { code, message, offset, path: inFile } = answer.file
      const at = { ...(offset !== undefined && { offset }), ...(inFile !== undefined && { path: inFile }) }
      throw new FileError(code as FileErrorCode, message, at)
    },
    close: () => pool.forEach((thread) => thread.close()),
  }
}
