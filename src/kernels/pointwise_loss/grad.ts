/** pointwiseLossGrad: dx = dy * scale * f'(y, t). A row with dy 0 gets 0, whatever it holds, so that padding rows are inert. */
import { ArgumentError } from '../../errors.ts'
import { expectRank, sizeOf } from '../../shape.ts'
import { elementGroups, expectRows, expectSame } from '../common.ts'
import { defineGradient, defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { checkPointwise, numberSizes, pointwiseText, type PointwiseFunction } from './functions.ts'
import { pointwiseLoss } from './pointwise_loss.ts'
import source from './grad.wgsl'

const shader = new Shader(source)

/** y, t [N,M], dy [N] -> dx [N,M]. */
export const pointwiseLossGrad = defineOp<{ readonly f: PointwiseFunction; readonly scale: number }>({
  name: 'pointwiseLossGrad',
  inputs: ['y', 't', 'dy'],
  output: 'dx',
  shape([y, t, dy], { f }) {
    checkPointwise('pointwiseLossGrad', f)
    if (typeof f !== 'string' && f.kind === 'matching')
      throw new ArgumentError('pointwiseLossGrad', 'f must have a slope, got matching, which is for metrics')
    expectRank('pointwiseLossGrad', 'y', y!, 2)
    expectRows('pointwiseLossGrad', 'dy', dy!, y!)
    return expectSame('pointwiseLossGrad', 'y', y!, 't', t!)
  },
  cost: ({ output }) => ({ flops: 10 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { f, scale } }) => ({
    wgsl: shader.text({ functions: { slope: pointwiseText('slope', f) } }),
    sizes: { M: output[1]!, scale, ...numberSizes(f) },
    groups: elementGroups(sizeOf(output)),
  })),
})

export const pointwiseLossGradient = defineGradient(pointwiseLoss, ({ g, node, attrs, dy, needs }) => {
  if (needs[1]) throw new ArgumentError('pointwiseLoss', 'gradients go to the predictions y only, got one for the targets t')
  return [g.add(pointwiseLossGrad, [...node.inputs, dy], attrs), undefined]
})
