/** What a weight cache is, and how the bytes of a download get into it. */
import { ThawError } from '../../errors.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import type { PinnedFile } from './manifest.ts'
import { Md5 } from '../bytes/md5.ts'

/** Keeps files: a folder, the Cache API of browsers. See {@link setDefaultWeightCache}. */
export interface WeightCache {
  /** The file, where it is here whole. No request is made. */
  find(file: PinnedFile, signal?: AbortSignal): Promise<ByteSource | undefined>
  /** What is there of the file, to go on with. Waits while somebody else brings the same file in. @throws the signal's reason */
  open(file: PinnedFile, signal?: AbortSignal): Promise<PartialFile>
}

/** A file on its way into a cache. Only one user at a time. See {@link setDefaultWeightCache}. */
export interface PartialFile {
  /** Bytes that are there. */
  readonly size: number
  /** The bytes that are there. */
  source(): ByteSource
  /** Puts bytes behind those that are there. They may be overwritten once the promise has resolved. */
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** Takes everything away. */
  clear(): Promise<void>
  /** The file is whole and checked: from now on the cache finds it. */
  complete(): Promise<void>
  /** Ends the use. What is there of an incomplete file stays for the next one. */
  close(): Promise<void>
}

/** Bytes are handed to the cache in pieces of this size: 8 MiB. */
export const PIECE = 8 * 1024 * 1024

/** What a cache does, with its own errors told as ours. @throws ThawError `storage`; the signal's reason */
export async function stored<T>(file: Pick<PinnedFile, 'file'>, job: Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await job
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof ThawError) throw cause
    throw new ThawError('storage', `[${file.file}] the cache must be able to keep the file, got ${String(cause)}`, { cause })
  }
}

/** Bytes on their way into the cache, hashed as they come. */
export class Sink {
  readonly #file: Pick<PinnedFile, 'file'>
  readonly #part: PartialFile
  readonly #buffer = new Uint8Array(PIECE)
  #held = 0
  #hash = new Md5()
  /** Answers that the bytes come from; what was there at the beginning is one. */
  #answers = 0

  constructor(file: Pick<PinnedFile, 'file'>, part: PartialFile) {
    this.#file = file
    this.#part = part
  }

  get size(): number {
    return this.#part.size + this.#held
  }

  /** Whether the bytes come from more than one answer, which may not fit together. */
  get pieced(): boolean {
    return this.#answers > 1
  }

  /** Hashes what is there already. */
  async hashStart(signal: AbortSignal | undefined): Promise<void> {
    const source = this.#part.source()
    if (source.size) this.#answers++
    for (let at = 0; at < source.size; at += PIECE) {
      this.#hash.update(await source.read(at, Math.min(PIECE, source.size - at), signal))
    }
  }

  /** Another answer's bytes follow. */
  begin(): void {
    this.#answers++
  }

  /** Hashes bytes at once, and gives them to the cache when a piece is full. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes)
    // Pieces end at multiples of their size, so that a cache may keep them as they are.
    const room = () => PIECE - (this.size % PIECE)
    for (let at = 0; at < bytes.length;) {
      const next = bytes.subarray(at, at + room())
      this.#buffer.set(next, this.#held)
      this.#held += next.length
      at += next.length
      if (this.size % PIECE === 0) await this.flush()
    }
  }

  /** Gives the cache what is held. */
  async flush(): Promise<void> {
    const bytes = this.#buffer.subarray(0, this.#held)
    if (bytes.length) await this.#kept(this.#part.append(bytes))
    this.#held = 0
  }

  /** Takes everything away. */
  async restart(): Promise<void> {
    this.#held = 0
    this.#answers = 0
    this.#hash = new Md5()
    await this.#kept(this.#part.clear())
  }

  /** The hash of everything. Either `complete` or `restart` follows. */
  hex(): string {
    return this.#hash.hex()
  }

  /** The hash is right: the cache may show the file. */
  complete(): Promise<void> {
    return this.#kept(this.#part.complete())
  }

  #kept(job: Promise<void>): Promise<void> {
    return stored(this.#file, job)
  }
}
