/** activation: y = f(x), elementwise. `softmax`, which is not, is an op of its own. */
import { sizeOf } from '../../shape.ts'
import { elementGroups } from '../common.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { activateText, checkFunction, type ActivationFunction } from './functions.ts'
import source from './activation.wgsl'

export interface ActivationAttrs {
  readonly activation: ActivationFunction
}

const shader = new Shader(source)

/** x of any shape. `exponential` goes from 1.6e-38 to 3.3e38, that of Keras from 0 to infinity; `softsign` of infinity is NaN, as in Keras. */
export const activation = defineOp<ActivationAttrs>({
  name: 'activation',
  inputs: ['x'],
  output: 'y',
  elementwise: true,
  shape([x], attrs) {
    checkFunction('activation', attrs.activation)
    return x!
  },
  cost: ({ output }) => ({ flops: 8 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs }) => ({
    wgsl: shader.text({ functions: { activate: activateText(attrs.activation) } }),
    sizes: {},
    groups: elementGroups(sizeOf(output)),
  })),
})
