/** How often which values come in a weight. */
import { slicesOf } from '../../../../src/parameter.ts'
import { sizeOf } from '../../../../src/shape.ts'
import type { TensorSource } from '../../../../src/tensor_source.ts'
import type { Histogram } from '../../look_messages.ts'

const BINS = 48

/** Two passes over it, a slice at a time: its bounds, and how often what comes between them. */
export async function histogramOf(weight: { readonly shape: readonly number[]; readonly source: TensorSource }): Promise<Histogram> {
  let [least, most, sum, squares, zeros, notFinite] = [Infinity, -Infinity, 0, 0, 0, 0]
  for await (const slice of slicesOf(weight)) {
    for (const value of slice) {
      if (!Number.isFinite(value)) {
        notFinite++
        continue
      }
      least = Math.min(least, value)
      most = Math.max(most, value)
      sum += value
      squares += value * value
      if (value === 0) zeros++
    }
  }
  const n = sizeOf(weight.shape) - notFinite
  const counts = new Array<number>(BINS).fill(0)
  const width = (most - least) / BINS || 1
  for await (const slice of slicesOf(weight)) {
    for (const value of slice) if (Number.isFinite(value)) counts[Math.min(BINS - 1, Math.floor((value - least) / width))]!++
  }
  const mean = n ? sum / n : 0
  return { least, most, mean, deviation: n ? Math.sqrt(Math.max(0, squares / n - mean * mean)) : 0, zeros, notFinite, counts }
}
