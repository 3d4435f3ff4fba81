/** What a file is that is not the Keras file wanted, told by its first bytes. */

/** First bytes that `guess` looks at. */
export const GUESSED = 4096

const starts = (...bytes: readonly number[]) => ({ at: 0, bytes })

/** Signatures of what people pick by mistake. */
const SIGNATURES: readonly (readonly [{ readonly at: number; readonly bytes: readonly number[] }, string])[] = [
  [starts(0x50, 0x4b), 'a zip archive (a .keras file, perhaps)'],
  [starts(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59), 'a NumPy array (.npy)'],
  [starts(0x1f, 0x8b), 'a gzip archive; unpack it first'],
  [starts(0x80, 2), 'a Python pickle (.pkl, .joblib, or a PyTorch file)'],
  [starts(0x80, 3), 'a Python pickle (.pkl, .joblib)'],
  [starts(0x80, 4), 'a Python pickle (.pkl, .joblib)'],
  [starts(0x80, 5), 'a Python pickle (.pkl, .joblib)'],
  [{ at: 4, bytes: [0x54, 0x46, 0x4c, 0x33] }, 'a TensorFlow Lite model (.tflite)'],
  [starts(0x08, 0x01, 0x12), 'a TensorFlow SavedModel (saved_model.pb)'],
  [{ at: 8, bytes: [0x7b, 0x22] }, 'a safetensors file'],
]

/** Texts, by what the beginning of the file has in it. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^</, 'a web page or XML'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer instead of the file'],
  [/^\{[^]*"(modelTopology|weightsManifest)"/, 'a TensorFlow.js model (model.json, whose weights are in .bin files)'],
  [/^\{[^]*"(class_name|build_config)"/, "a model's config without weights (config.json)"],
  [/^\{[^]*"keras_version"/, "a .keras archive's metadata.json; the weights are in model.weights.h5"],
  [/^[{[]/, 'JSON'],
]

/** ONNX: a protobuf whose first fields are a small IR version and the producer's name, a text. */
function isOnnx(head: Uint8Array): boolean {
  const length = head[3] ?? 0
  const producer = head.subarray(4, 4 + length)
  return head[0] === 0x08 && head[1]! < 32 && head[2] === 0x12 && length > 0 && producer.every((b) => b >= 32 && b < 127)
}

/** For the end of a message: `got a web page or XML`. @param head the first bytes of the file, up to GUESSED */
export function guess(head: Uint8Array): string {
  if (!head.length) return 'an empty file'
  const text = new TextDecoder().decode(head).trimStart()
  const known =
    TEXTS.find(([pattern]) => pattern.test(text)) ?? SIGNATURES.find(([{ at, bytes }]) => bytes.every((b, i) => head[at + i] === b))
  if (isOnnx(head) && head[1] !== 1) return 'an ONNX model'
  return known?.[1] ?? `bytes ${[...head.subarray(0, 8)].map((b) => b.toString(16).padStart(2, '0')).join(' ')}`
}
