/** activation: y = f(x), elementwise: the activations of Keras (keras/src/activations) but relu without options, linear and softmax. */
import { ArgumentError } from '../errors.ts'
import { sizeOf } from '../shape.ts'
import { elementGroups, withConsts } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './activation.wgsl'

/** What each takes as A, B and C, and which KIND of the shader it is. */
export type ActivationAttrs =
  /** x above the threshold, `negativeSlope` times (x - threshold) elsewhere, and `maxValue` at most. */
  | { readonly kind: 'relu'; readonly negativeSlope: number; readonly threshold: number; readonly maxValue: number }
  | { readonly kind: 'elu'; readonly alpha: number; readonly scale: number }
  /** clip(slope * x + offset, 0, 1); `hardSilu` is x times that. */
  | { readonly kind: 'hardSigmoid' | 'hardSilu'; readonly slope: number; readonly offset: number }
  | { readonly kind: 'sigmoid' | 'tanh' | 'silu' | 'softplus' | 'softsign' | 'exponential' | 'gelu' }

const KINDS: readonly ActivationAttrs['kind'][] = [
  'relu',
  'elu',
  'sigmoid',
  'tanh',
  'silu',
  'hardSigmoid',
  'hardSilu',
  'softplus',
  'softsign',
  'exponential',
  'gelu',
]

/** Largest f32: stands for no limit. */
const F32_MAX = 3.4028234663852886e38

function numbersOf(attrs: ActivationAttrs): readonly [A: number, B: number, C: number] {
  if (attrs.kind === 'relu') return [attrs.negativeSlope, attrs.threshold, Math.min(attrs.maxValue, F32_MAX)]
  if (attrs.kind === 'elu') return [attrs.alpha, attrs.scale, 0]
  if (attrs.kind === 'hardSigmoid' || attrs.kind === 'hardSilu') return [attrs.slope, attrs.offset, 0]
  return [0, 0, 0]
}

/** x of any shape. `exponential` goes from 1.6e-38 to 3.3e38, that of Keras from 0 to infinity; `softsign` of infinity is NaN, as in Keras. */
export const activation = defineOp<ActivationAttrs>({
  name: 'activation',
  inputs: ['x'],
  output: 'y',
  shape([x], attrs) {
    if (!KINDS.includes(attrs.kind))
      throw new ArgumentError('activation', `kind must be one of ${KINDS.join(', ')}, got ${String(attrs.kind)}`)
    if (!numbersOf(attrs).every(Number.isFinite)) {
      throw new ArgumentError('activation', `the numbers of ${attrs.kind} must be finite, got ${numbersOf(attrs).join(', ')}`)
    }
    return x!
  },
  cost: ({ output }) => ({ flops: 8 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: withConsts({
    wgsl,
    consts: ({ output, attrs }) => {
      const [A, B, C] = numbersOf(attrs)
      return { SIZE: sizeOf(output), KIND: KINDS.indexOf(attrs.kind), A, B, C }
    },
    workgroups: ({ output }) => elementGroups(sizeOf(output)),
  }),
})
