/** unary: y = f(x), elementwise, for functions that are no activation. */
import { ArgumentError } from '../errors.ts'
import { sizeOf } from '../shape.ts'
import { elementGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import { Shader } from './shader.ts'
import source from './unary.wgsl'

const KINDS = ['abs', 'sqrt', 'rsqrt', 'log', 'sign', 'floor', 'ceil', 'round'] as const

export interface UnaryAttrs {
  /** `rsqrt` is 1 / sqrt(x), `log` the natural logarithm; `round` goes to the even one of two that are as near. */
  readonly kind: (typeof KINDS)[number]
}

const shader = new Shader(source)

/** x of any shape. Below 0 roots and the logarithm are NaN; at 0 the logarithm is -Infinity and rsqrt infinite. */
export const unary = defineOp<UnaryAttrs>({
  name: 'unary',
  inputs: ['x'],
  output: 'y',
  elementwise: true,
  shape([x], { kind }) {
    if (!KINDS.includes(kind)) throw new ArgumentError('unary', `kind must be one of ${KINDS.join(', ')}, got ${String(kind)}`)
    return x!
  },
  cost: ({ output }) => ({ flops: 4 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs }) => ({
    wgsl: shader.text({ consts: { KIND: KINDS.indexOf(attrs.kind) } }),
    sizes: {},
    groups: elementGroups(sizeOf(output)),
  })),
})
