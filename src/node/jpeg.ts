/** JPEG in Node, by the package @jsquash/jpeg: MozJPEG as WebAssembly. Its pixels are those of libjpeg-turbo, and so of Pillow, to the bit. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { FileError } from '../errors.ts'
import type { JpegInfo } from '../loaders/images/jpeg.ts'
import type { Pixels } from '../loaders/images/resize.ts'

/** What the package's own module gives, as Emscripten makes it. */
interface Codec {
  /** RGBA; null for what it cannot decode. @param orient whether to turn as EXIF says */
  decode(bytes: Uint8Array, orient: boolean): { readonly data: Uint8ClampedArray } | null
}

interface CodecOptions {
  readonly noInitialRun: boolean
  readonly printErr: (text: string) => void
  readonly instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => WebAssembly.Exports
}

/** A decoder, and what it said of the file that it decoded last. */
interface Decoder {
  readonly codec: Codec
  readonly said: string[]
}

/** Pixels beyond which a decoder is not kept: its memory grows, and never shrinks. */
const KEPT = 4_000_000

let compiled: Promise<WebAssembly.Module> | undefined
let kept: Promise<Decoder> | undefined

/** Without the package's own loading, which fetches a URL of a file. */
async function makeDecoder(): Promise<Decoder> {
  const make = (await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js')).default as unknown as (options: CodecOptions) => Promise<Codec>
  const path = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm')
  const module = await (compiled ??= readFile(path).then((bytes) => WebAssembly.compile(bytes)))
  const said: string[] = []
  const codec = await make({
    noInitialRun: true,
    printErr: (text) => said.push(text),
    instantiateWasm(imports, done) {
      const instance = new WebAssembly.Instance(module, imports)
      done(instance)
      return instance.exports
    },
  })
  return { codec, said }
}

/** Whether the decoder got no memory, or not all of it: it says so, or is at an address that there is not, which no file takes it to. */
const outOfMemory = (cause: unknown, said: readonly string[]): boolean =>
  cause instanceof RangeError ||
  cause instanceof WebAssembly.RuntimeError ||
  said.some((line) => /(insufficient|out of) memory/i.test(line))

/**
 * The pixels of a JPEG, not turned.
 * @throws FileError `corrupt`; `unsupported` where @jsquash/jpeg is not installed, or memory is used up
 */
export async function jpegPixels(bytes: Uint8Array, { width, height }: JpegInfo, where: string): Promise<Pixels> {
  kept ??= makeDecoder()
  const { codec, said } = await kept.catch((cause: unknown) => {
    compiled = kept = undefined // it may be installed meanwhile
    const missing = (cause as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND'
    const got = missing ? 'none installed' : `one that does not start: ${String(cause)}`
    throw new FileError('unsupported', `[${where}] a JPEG needs the package @jsquash/jpeg, got ${got}`, {}, { cause })
  })
  said.length = 0
  let rgba: Uint8ClampedArray | undefined
  let cause: unknown
  try {
    rgba = codec.decode(bytes, false)?.data
  } catch (error) {
    cause = error
  }
  if (rgba?.length !== width * height * 4) {
    kept = undefined // what it was at is still in its memory
    if (outOfMemory(cause, said)) {
      const rule = 'a JPEG must leave the decoder room (2 GiB for all that it holds, and what the machine has free)'
      throw new FileError(
        'unsupported',
        `[${where}] ${rule}, got ${width}x${height}; take a smaller picture, or fewer at once`,
        {},
        { cause },
      )
    }
    throw new FileError('corrupt', `[${where}] a JPEG must be decodable, got ${said.join('; ') || 'one that is not'}`, {}, { cause })
  }
  if (width * height > KEPT) kept = undefined
  const data = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = rgba[from]!
    data[to + 1] = rgba[from + 1]!
    data[to + 2] = rgba[from + 2]!
  }
  return { width, height, data }
}
