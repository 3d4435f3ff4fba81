/**
 * Blocks that are kept, before a source whose every read costs a request, a system call or a message to another process: a file's metadata is
 * read in thousands of pieces of some bytes.
 */
import { Turns } from '../../turns.ts'
import { checkRange, plainBytes, quick, type ByteSource } from './bytes.ts'

/** Bytes of a block. */
export const BLOCK = 64 * 1024
/** Blocks kept: 16 MiB. */
const BLOCKS = 256
/** Blocks that are brought at once, at most, where the reads follow each other. */
const AHEAD = 4
/** Reads of at least this many bytes are bulk data: they go through, and are not kept. */
const BULK = 4 * BLOCK

/**
 * The same source, with small reads from blocks; itself where they cost nothing.
 * @param head the first block, where it is there already
 */
export function inBlocks(source: ByteSource, head?: Uint8Array<ArrayBuffer>): ByteSource {
  return quick.has(source) ? source : new BlockSource(source, head)
}

class BlockSource implements ByteSource {
  readonly name: string
  readonly size: number
  readonly #source: ByteSource
  /** Least recently used first. */
  readonly #blocks = new Map<number, Uint8Array<ArrayBuffer>>()
  /** Small reads come one after the other, so that none asks for a block that is on its way. */
  readonly #turns = new Turns()
  /** The block behind those that came last, and how many came. */
  #next = -1
  #came = 0

  constructor(source: ByteSource, head: Uint8Array<ArrayBuffer> | undefined) {
    this.name = source.name
    this.size = source.size
    this.#source = source
    if (head) this.#blocks.set(0, head)
    quick.add(this)
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted()
    checkRange(this, offset, length)
    if (length === 0) return new Uint8Array(0)
    if (length >= BULK) return plainBytes(await this.#source.read(offset, length, signal))
    const first = Math.floor(offset / BLOCK)
    const last = Math.floor((offset + length - 1) / BLOCK)
    const blocks = await this.#turns.take(() => this.#load(first, last, signal))
    const bytes = new Uint8Array(length)
    blocks.forEach((block, i) => {
      const at = (first + i) * BLOCK
      bytes.set(block.subarray(Math.max(0, offset - at), Math.min(block.length, offset + length - at)), Math.max(0, at - offset))
    })
    return bytes
  }

  /** Blocks first..last, from now on the most recently used; the missing ones come with one read. */
  async #load(first: number, last: number, signal: AbortSignal | undefined): Promise<Uint8Array<ArrayBuffer>[]> {
    const wanted = Array.from({ length: last - first + 1 }, (_, i) => first + i)
    const missing = wanted.filter((b) => !this.#blocks.has(b))
    const fresh = missing.length ? await this.#bring(missing[0]!, missing.at(-1)!, signal) : new Map<number, Uint8Array<ArrayBuffer>>()
    const blocks = wanted.map((b) => this.#blocks.get(b) ?? fresh.get(b)!)
    for (const [b, block] of [...fresh, ...wanted.map((b, i) => [b, blocks[i]!] as const)]) {
      this.#blocks.delete(b)
      this.#blocks.set(b, block)
    }
    for (const b of this.#blocks.keys()) {
      if (this.#blocks.size <= BLOCKS) break
      this.#blocks.delete(b)
    }
    return blocks
  }

  /** Blocks first..last, and more behind them where these follow those that came before: twice as many as then. */
  async #bring(first: number, last: number, signal: AbortSignal | undefined): Promise<Map<number, Uint8Array<ArrayBuffer>>> {
    const count = last - first + 1
    const ahead = first === this.#next ? Math.max(count, Math.min(AHEAD, 2 * this.#came)) : count
    const begin = first * BLOCK
    const bytes = plainBytes(await this.#source.read(begin, Math.min(this.size - begin, ahead * BLOCK), signal))
    this.#next = first + ahead
    this.#came = ahead
    const fresh = new Map<number, Uint8Array<ArrayBuffer>>()
    for (let at = 0; at < bytes.length; at += BLOCK) fresh.set(first + at / BLOCK, bytes.slice(at, at + BLOCK))
    return fresh
  }
}
