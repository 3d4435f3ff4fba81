/** Cases that all ops of a normalisation within samples have in common: what is normalised over, and by what. */
import type { LayerNormAttrs, NormKind, Rows } from '../../src/kernels/layer_norm/geometry.ts'
import { weightShape } from '../../src/kernels/layer_norm/geometry.ts'
import type { Shape } from '../../src/shape.ts'
import { layerMomentsOf } from '../reference/layer_norm.ts'
import { spiked, values } from './values.ts'

/** Shapes with whole vectors and without; rows in one piece, and in lines that lie apart; more than one workgroup. */
const OVER: readonly (readonly [Shape, Rows])[] = [
  [[5, 7], { axes: [1] }],
  [[19, 96], { axes: [1] }],
  [[2, 3, 5, 8], { axes: [3] }],
  [[2, 3, 5, 3], { axes: [1, 2, 3] }],
  [[2, 6, 5, 4], { axes: [2, 3] }],
  [[3, 9, 5, 3], { axes: [1] }],
  [[2, 5, 7, 3], { axes: [1, 2] }],
  [[2, 5, 3, 4], { axes: [1, 3] }],
  [[3, 5, 4, 6], { groups: 3 }],
  [[2, 5, 4, 24], { groups: 2 }],
  [[2, 17, 3, 5], { groups: 5 }],
  [[7, 6], { groups: 2 }],
  [[1, 1301], { axes: [1] }],
]

const KINDS: readonly NormKind[] = ['standard', 'deviation', 'unit']

export interface LayerNormCase {
  readonly name: string
  readonly attrs: LayerNormAttrs
  readonly x: ReturnType<typeof values>
  readonly gamma: ReturnType<typeof values>
  readonly beta: ReturnType<typeof values>
  readonly moments: ReturnType<typeof layerMomentsOf>
  readonly dy: ReturnType<typeof values>
  /** Any numbers: what an op is given need not belong together. */
  readonly sums: ReturnType<typeof values>
}

/** Every shape, each with one of the kinds; values with spikes, or far from 0. */
export const layerNormCases: readonly LayerNormCase[] = OVER.map(([shape, over], i) => {
  const kind = KINDS[i % KINDS.length]!
  const x = i % 3 === 2 ? values(shape, i, 1e3 - 1, 1e3 + 1) : spiked(shape, i)
  const w = weightShape(shape, over)
  const moments = layerMomentsOf(x, over)
  return {
    name: `[${shape.join(',')}] over ${JSON.stringify(over)}, ${kind}`,
    attrs: { ...over, kind, epsilon: i % 2 ? 1e-3 : 1e-6 },
    x,
    gamma: values(w, i + 1, 0.5, 2),
    beta: values(w, i + 2),
    moments,
    dy: spiked(shape, i + 3),
    sums: values(moments.shape, i + 4),
  }
})

/** Small ones for numeric differentiation: every shape of rows, every kind. */
export const smallLayerNormCases = (
  [
    [[3, 5], { axes: [1] }],
    [[2, 2, 3, 4], { axes: [1, 3] }],
    [[2, 3, 2, 2], { axes: [1, 2, 3] }],
    [[2, 3, 2, 2], { axes: [1] }],
    [[2, 2, 2, 6], { groups: 3 }],
    [[2, 3, 2, 2], { groups: 2 }],
  ] as const
).flatMap(([shape, over], i) =>
  KINDS.filter((_, k) => i < 2 || k === i % KINDS.length).map((kind) => {
    const x = values(shape, i, -2, 2)
    const w = weightShape(shape, over)
    return {
      name: `[${shape.join(',')}] over ${JSON.stringify(over)}, ${kind}`,
      attrs: { ...over, kind, epsilon: kind === 'unit' ? 1e-12 : 1e-2 },
      inputs: [x, values(w, i + 1, 0.5, 2), values(w, i + 2), layerMomentsOf(x, over)],
    }
  }),
)
