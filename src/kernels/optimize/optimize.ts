/**
 * optimize: one step of one weight, as Keras computes it (base_optimizer.py): the gradient is clipped, the weight decays
 * (w -= w * decay * rate), the optimizer's rule moves it and its state, and the average of its values follows (EMA).
 */
import { ArgumentError, ShapeError } from '../../errors.ts'
import { formatShape, sizeOf } from '../../shape.ts'
import { elementGroups, expectOne, expectRange } from '../common.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { isRule, ruleText, type RuleName } from './rules.ts'
import source from './optimize.wgsl'

export interface OptimizeAttrs {
  readonly rule: RuleName
  /** Which of the three components of its state the rule keeps. */
  readonly state: readonly ('a' | 'b' | 'c')[]
  /** The rule's constants, four at most. */
  readonly k: readonly number[]
  /** Of the learning rate. */
  readonly multiplier: number
  /** Weight decay, 0 for none. */
  readonly decay: number
  /** Largest absolute gradient, 0 for any. */
  readonly limit: number
  /** Largest norm of the gradient, 0 for any. */
  readonly norm: number
  /** Whether the average of the weight's values is kept, after the rule's state. */
  readonly average: boolean
}

/** Values of a step: learning rate, three numbers of the rule, what the average keeps of itself, and whether it is put into the weight (0, 1). */
export const HYPER_SIZE = 6

const shader = new Shader(source)

/** Bindings of state, in order. */
const stateOf = ({ state, average }: OptimizeAttrs): string[] => [...state.map((c) => `state_${c}0`), ...(average ? ['average_e0'] : [])]

/** g of any shape, hyper [6], squares [1]: the square of the norm, where there is a largest one; updates w, state and average of g's shape. */
export const optimize = defineOp<OptimizeAttrs>({
  name: 'optimize',
  inputs: ['g', 'hyper', 'squares?'],
  updates: (attrs) => ['w', ...stateOf(attrs)],
  output: null,
  elementwise: true,
  packs: true,
  shape([g, hyper, squares], { rule, k, norm, ...numbers }) {
    if (!isRule(rule)) throw new ArgumentError('optimize', `rule must be that of an optimizer, got ${rule}`)
    if (sizeOf(hyper!) !== HYPER_SIZE)
      throw new ShapeError('optimize', `hyper must have ${HYPER_SIZE} values, got hyper ${formatShape(hyper)}`)
    if (norm) expectOne('optimize', 'squares', squares ?? [0])
    for (const [name, value] of Object.entries({ norm, limit: numbers.limit, decay: numbers.decay, multiplier: numbers.multiplier }))
      expectRange('optimize', name, value, 0, Infinity)
    if (k.length > 4) throw new ArgumentError('optimize', `a rule must have 4 constants at most, got ${k.length}`)
    return g!
  },
  cost: ({ output, attrs }) => ({
    flops: 12 * sizeOf(output),
    bytes: f32Bytes((3 + 2 * stateOf(attrs).length) * sizeOf(output)),
  }),
  variants: everywhere(({ output, attrs }) => {
    const { rule, state, k, multiplier, decay, limit, norm, average } = attrs
    const axis = (there: boolean) => (there ? 1 : 0)
    const states = Object.fromEntries((['a', 'b', 'c'] as const).map((c) => [c, axis(state.includes(c))]))
    return {
      wgsl: shader.text({
        functions: { rule: ruleText(rule) },
        bindings: ['g', 'hyper', 'squares', 'w', ...stateOf(attrs), 'sizes'],
        axes: { ...states, e: axis(average) },
      }),
      sizes: { multiplier, decay, limit, norm, k0: k[0] ?? 0, k1: k[1] ?? 0, k2: k[2] ?? 0, k3: k[3] ?? 0 },
      groups: elementGroups(sizeOf(output)),
    }
  }),
})
