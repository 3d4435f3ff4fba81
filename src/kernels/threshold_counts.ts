/**
 * thresholdCounts: adds a batch to a histogram of predictions, positives and negatives apart, from which come true and false positives at every
 * threshold. Bucket b holds what is above b of the thresholds. Rows with weight 0 add nothing. Counts are exact up to 2^24.
 */
import { ArgumentError, ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, formatShape, sizeOf } from '../shape.ts'
import { expectSame } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import { f32Literal, Shader } from './shader.ts'
import source from './threshold_counts.wgsl'

export interface ThresholdCountsAttrs {
  /** In rising order; or so many buckets of one width from 0 to 1, of which bucket b holds (b / (buckets - 1), (b + 1) / (buckets - 1)], as Keras's AUC. */
  readonly thresholds: readonly number[] | number
  /** Sums for each column, or for all values together, or for one column by its number. */
  readonly columns: 'each' | 'all' | number
  /** A target that is not 0 is 1; else what is between counts for both. */
  readonly hard: boolean
}

const shader = new Shader(source)

const bucketsOf = ({ thresholds }: ThresholdCountsAttrs) => (typeof thresholds === 'number' ? thresholds : thresholds.length + 1)

function bucketText({ thresholds }: ThresholdCountsAttrs): string {
  const body =
    typeof thresholds === 'number'
      ? `u32(max(ceil(clamp(v, 0.0, 1.0) * ${f32Literal(thresholds - 1)}) - 1.0, 0.0))`
      : thresholds.map((edge) => `select(0u, 1u, v > ${f32Literal(edge)})`).join(' + ')
  return `fn bucketOf(v: f32) -> u32 { return ${body}; }`
}

/** Numbers of sums for predictions with so many columns. */
export function thresholdSums(attrs: ThresholdCountsAttrs, columns: number): number {
  return (attrs.columns === 'each' ? columns : 1) * bucketsOf(attrs) * 2
}

/** y (predictions), t (targets) [R,K], weight [N], R a multiple of N; updates sums [columns * buckets * 2]: positives, negatives. */
export const thresholdCounts = defineOp<ThresholdCountsAttrs>({
  name: 'thresholdCounts',
  inputs: ['y', 't', 'weight'],
  updates: ['sums'],
  output: null,
  shape([y, t, weight], attrs) {
    const { thresholds, columns } = attrs
    expectRank('thresholdCounts', 'y', y!, 2)
    expectSame('thresholdCounts', 'y', y!, 't', t!)
    expectRank('thresholdCounts', 'weight', weight!, 1)
    if (y![0]! % weight![0]!)
      throw new ShapeError(
        'thresholdCounts',
        `rows must be so many for each weight, got y ${formatShape(y)} and weight ${formatShape(weight)}`,
      )
    const rising = typeof thresholds === 'number' || thresholds.every((edge, i) => Number.isFinite(edge) && !(edge < thresholds[i - 1]!))
    if (!rising || bucketsOf(attrs) < 2)
      throw new ArgumentError('thresholdCounts', `thresholds must be finite, in rising order, and at least one, got ${String(thresholds)}`)
    if (typeof columns === 'number' && !(columns >= 0 && columns < y![1]!))
      throw new ArgumentError('thresholdCounts', `a column must be from 0 to ${y![1]! - 1}, got ${columns}`)
    return [thresholdSums(attrs, y![1]!)]
  },
  cost: ({ inputs, attrs }) => ({
    flops: sizeOf(inputs[0]!) * bucketsOf(attrs),
    bytes: f32Bytes(2 * sizeOf(inputs[0]!) * ceilDiv(bucketsOf(attrs), 64), 2 * thresholdSums(attrs, inputs[0]![1]!)),
  }),
  variants: everywhere(({ inputs: [y, , weight], attrs }) => {
    const [R, K] = y as readonly [number, number]
    const { columns } = attrs
    const all = columns === 'all'
    const count = all ? R * K : R
    const groups = ceilDiv(bucketsOf(attrs), 64)
    return {
      wgsl: shader.text({ consts: { HARD: attrs.hard }, functions: { bucketOf: bucketText(attrs) } }),
      sizes: {
        ...{ count, step: all ? 1 : K, first: typeof columns === 'number' ? columns : 0 },
        ...{ each: count / weight![0]!, B: bucketsOf(attrs), groups },
      },
      groups: (columns === 'each' ? K : 1) * groups,
    }
  }),
})
