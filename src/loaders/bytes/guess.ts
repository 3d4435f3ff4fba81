/** What a file is that is not the one wanted, told by its first bytes and never by its name. */

/** First bytes that are looked at. */
export const GUESSED = 4096

/** Bytes, as the characters of their numbers, and where they lie. */
type Mark = readonly [at: number, bytes: string]

/** Signatures of pictures. */
const PICTURES: readonly (readonly [format: string, ...marks: readonly Mark[]])[] = [
  ['PNG', [0, '\x89PNG\r\n\x1a\n']],
  ['JPEG', [0, '\xff\xd8\xff']],
  ['GIF', [0, 'GIF8']],
  ['WebP', [0, 'RIFF'], [8, 'WEBP']],
  ['BMP', [0, 'BM'], [6, '\0\0\0\0']],
  ['TIFF', [0, 'II*\0']],
  ['TIFF', [0, 'MM\0*']],
  ['AVIF', [4, 'ftypavif']],
  ['HEIC', [4, 'ftyphei']],
  ['HEIC', [4, 'ftypmif1']],
]

/** Signatures of what people pick by mistake. */
const OTHERS: readonly (readonly [what: string, ...marks: readonly Mark[]])[] = [
  ['a zip archive (a .keras file, perhaps)', [0, 'PK']],
  ['an HDF5 file', [0, '\x89HDF\r\n\x1a\n']],
  ['a NumPy array (.npy)', [0, '\x93NUMPY']],
  ['a gzip archive; unpack it first', [0, '\x1f\x8b']],
  ['a Python pickle (.pkl, .joblib, or a PyTorch file)', [0, '\x80\x02']],
  ['a Python pickle (.pkl, .joblib)', [0, '\x80\x03']],
  ['a Python pickle (.pkl, .joblib)', [0, '\x80\x04']],
  ['a Python pickle (.pkl, .joblib)', [0, '\x80\x05']],
  ['a TensorFlow Lite model (.tflite)', [4, 'TFL3']],
  ['a TensorFlow SavedModel (saved_model.pb)', [0, '\x08\x01\x12']],
  ['a safetensors file', [8, '{"']],
  ['a PDF', [0, '%PDF']],
]

/** Texts, by what the beginning of the file has in it. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^<\?xml[^]*<svg|^<svg/, 'a picture (SVG)'],
  [/^</, 'a web page or XML'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer instead of the file'],
  [/^\{[^]*"(modelTopology|weightsManifest)"/, 'a TensorFlow.js model (model.json, whose weights are in .bin files)'],
  [/^\{[^]*"(class_name|build_config)"/, "a model's config without weights (give both: ['model.json', 'weights.h5'])"],
  [/^\{[^]*"keras_version"/, "a .keras archive's metadata.json; the weights are in model.weights.h5"],
  [/^[{[]/, 'JSON'],
]

const matching = <T>(head: Uint8Array, known: readonly (readonly [T, ...marks: readonly Mark[]])[]): T | undefined => {
  const text = String.fromCharCode(...head.subarray(0, 16))
  return known.find(([, ...marks]) => marks.every(([at, bytes]) => text.startsWith(bytes, at)))?.[0]
}

/** `PNG`, `JPEG`, `GIF`, ... by the first bytes of a file; undefined for what is no picture. SVG is a text. */
export const pictureFormat = (head: Uint8Array): string | undefined => matching(head, PICTURES)

/** ONNX: a protobuf whose first fields are a small IR version and the producer's name, a text. */
function isOnnx(head: Uint8Array): boolean {
  const length = head[3] ?? 0
  const producer = head.subarray(4, 4 + length)
  return head[0] === 0x08 && head[1]! < 32 && head[2] === 0x12 && length > 0 && producer.every((b) => b >= 32 && b < 127)
}

/** True for UTF-8 without control characters; the last character may be cut. */
function isText(head: Uint8Array): boolean {
  if (head.some((b) => b < 32 && ![9, 10, 13].includes(b))) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

/** For the end of a message: `a web page or XML`. @param head the first bytes of the file, up to GUESSED */
export function kindOf(head: Uint8Array): string {
  if (!head.length) return 'an empty file'
  const picture = pictureFormat(head)
  if (picture) return `a picture (${picture})`
  if (isOnnx(head) && head[1] !== 1) return 'an ONNX model'
  const text = new TextDecoder().decode(head).trimStart()
  const known = TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? matching(head, OTHERS)
  if (known) return known
  const first = [...head.subarray(0, 8)].map((b) => b.toString(16).padStart(2, '0')).join(' ')
  return isText(head) ? 'a text' : `bytes ${first}`
}

/** For the end of a message to somebody who wants a Keras file: the kind, and what such a file is for. @param head as kindOf */
export function guess(head: Uint8Array): string {
  const kind = kindOf(head)
  return kind.startsWith('a picture') ? `${kind}; loadImage is for pictures` : kind
}
