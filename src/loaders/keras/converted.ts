/** Weights in another order than a file has them, converted while they are read: transposed, turned round, joined, recomputed. */
import { ArgumentError } from '../../errors.ts'
import { formatShape, sizeOf, type Shape } from '../../shape.ts'
import type { TensorSource } from '../../tensor_source.ts'

/** Values of one band that are held at a time: 64 MiB. */
const BAND = 16 * 1024 * 1024

/** A source made band by band, of which the last one is kept until the end has been read. */
function banded(shape: Shape, bandSize: number, load: (band: number, signal?: AbortSignal) => Promise<Float32Array>): TensorSource {
  const count = sizeOf(shape)
  let held: { readonly band: number; readonly values: Float32Array } | undefined
  return {
    shape,
    converted: true,
    async read(begin, end, signal) {
      checkElements(shape, begin, end)
      signal?.throwIfAborted()
      const out = new Float32Array(end - begin)
      for (let at = begin; at < end;) {
        const band = Math.floor(at / bandSize)
        const { values } = (held = held?.band === band ? held : { band, values: await load(band, signal) })
        const from = at - band * bandSize
        const some = values.subarray(from, from + end - at)
        out.set(some, at - begin)
        at += some.length
      }
      if (end === count) held = undefined
      return out
    },
  }
}

function checkElements(shape: Shape, begin: number, end: number): void {
  const count = sizeOf(shape)
  if (begin >= 0 && begin <= end && end <= count) return
  throw new ArgumentError('weights', `a range must lie in [0,${count}] for shape ${formatShape(shape)}, got [${begin},${end}]`)
}

/**
 * A kernel with its axes in another order, [A,B,C,D] -> [R,S,..,..], converted whole at the first read and kept until the last one.
 * @param axes axis `i` of the result is axis `axes[i]` of the source
 * @param flip turn it round along the result's first two axes: Theano's convolution to the correlation of all others
 */
export function transposed(source: TensorSource, axes: readonly number[], flip: boolean): TensorSource {
  if (!flip && axes.every((a, i) => a === i)) return source
  const shape = axes.map((a) => source.shape[a]!)
  const steps = axes.map((a) => sizeOf(source.shape.slice(a + 1)))
  const count = sizeOf(shape)
  return banded(shape, Math.max(1, count), async (_band, signal) => {
    const values = await source.read(0, count, signal)
    const out = new Float32Array(count)
    const [R, S, C, K] = shape as [number, number, number, number]
    const [r, s, c, k] = steps as [number, number, number, number]
    let at = 0
    for (let i = 0; i < R; i++) {
      for (let j = 0; j < S; j++) {
        const from = (flip ? R - 1 - i : i) * r + (flip ? S - 1 - j : j) * s
        for (let m = 0; m < C; m++) for (let n = 0; n < K; n++) out[at++] = values[from + m * c + n * k]!
      }
    }
    return out
  })
}

/**
 * Rows of flattened features [C,H,W] -> [H,W,C], for weights [H*W*C, ...]. Holds the rows of some positions (h,w) at a time: at most 64 MiB,
 * or one position's where these are more.
 */
export function channelsLast(source: TensorSource, [H, W, C]: readonly [number, number, number]): TensorSource {
  const { shape } = source
  const row = sizeOf(shape.slice(1))
  const positions = H * W
  const perBand = Math.max(1, Math.min(positions, Math.floor(BAND / (C * row))))
  return banded(shape, perBand * C * row, async (band, signal) => {
    const first = band * perBand
    const some = Math.min(perBand, positions - first)
    const out = new Float32Array(some * C * row)
    const whole = some === positions ? await source.read(0, sizeOf(shape), signal) : undefined
    for (let c = 0; c < C; c++) {
      const begin = (c * positions + first) * row
      const run = whole?.subarray(begin, begin + some * row) ?? (await source.read(begin, begin + some * row, signal))
      for (let p = 0; p < some; p++) out.set(run.subarray(p * row, (p + 1) * row), (p * C + c) * row)
    }
    return out
  })
}

/** Several weights as one, joined along the last axis; all other sizes must be the same, which the caller checks. */
export function joined(sources: readonly TensorSource[]): TensorSource {
  const widths = sources.map((s) => s.shape.at(-1) ?? 1)
  const width = widths.reduce((sum, k) => sum + k, 0)
  const shape = [...sources[0]!.shape.slice(0, -1), width]
  return {
    shape,
    converted: true,
    async read(begin, end, signal) {
      checkElements(shape, begin, end)
      if (begin === end) return new Float32Array(0)
      const [top, bottom] = [Math.floor(begin / width), Math.ceil(end / width)]
      const out = new Float32Array((bottom - top) * width)
      let left = 0
      for (const [i, source] of sources.entries()) {
        const k = widths[i]!
        const values = await source.read(top * k, bottom * k, signal)
        for (let row = 0; row < bottom - top; row++) out.set(values.subarray(row * k, (row + 1) * k), row * width + left)
        left += k
      }
      return out.subarray(begin - top * width, end - top * width)
    },
  }
}

/** Each value by itself. */
export function mapped(source: TensorSource, change: (value: number) => number): TensorSource {
  return { shape: source.shape, read: async (begin, end, signal) => (await source.read(begin, end, signal)).map(change) }
}
