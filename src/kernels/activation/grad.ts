/** activationGrad: dx = dy * f'(x). At a kink the slope is that below it, as in Keras: relu's at 0 is 0. */
import { sizeOf } from '../../shape.ts'
import { elementGroups, expectSame } from '../common.ts'
import { defineGradient, defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { activation } from './activation.ts'
import { checkFunction, slopeFromOutput, type ActivationFunction } from './functions.ts'
import source from './grad.wgsl'
import { slopeText } from './slopes.ts'

const shader = new Shader(source)

/** v: the activation's output where `slopeFromOutput` says so, else its input; dy of v's shape. */
export const activationGrad = defineOp<{ readonly activation: ActivationFunction }>({
  name: 'activationGrad',
  inputs: ['v', 'dy'],
  output: 'dx',
  elementwise: true,
  shape([v, dy], attrs) {
    checkFunction('activationGrad', attrs.activation)
    return expectSame('activationGrad', 'v', v!, 'dy', dy!)
  },
  cost: ({ output }) => ({ flops: 8 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs }) => ({
    wgsl: shader.text({ functions: { slope: slopeText(attrs.activation) } }),
    sizes: {},
    groups: elementGroups(sizeOf(output)),
  })),
})

export const activationGradient = defineGradient(activation, ({ g, node, attrs, dy }) => [
  g.add(activationGrad, [slopeFromOutput(attrs.activation) ? node : node.inputs[0], dy], attrs),
])
