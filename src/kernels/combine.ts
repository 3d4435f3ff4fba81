/**
 * combine: y = act(a + b), a - b, a * b, a / b, a to the power of b, max(a, b) or min(a, b), elementwise, with numpy's broadcasting: axes of size 1
 * are repeated.
 * And comparisons, which give 1 where they hold, else 0; and what is kept of a: 0 where b is 0, whatever a is there.
 */
import { ArgumentError, ShapeError } from '../errors.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import { elementGroups } from './common.ts'
import { epilogueOf, type EpilogueAttrs } from './epilogue.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import { Shader } from './shader.ts'
import source from './combine.wgsl'

export interface CombineAttrs extends EpilogueAttrs {
  readonly kind: 'add' | 'subtract' | 'multiply' | 'maximum' | 'minimum' | 'greaterEqual' | 'less' | 'divide' | 'power' | 'equal' | 'keep'
}

const KINDS: readonly CombineAttrs['kind'][] = [
  'add',
  'subtract',
  'multiply',
  'maximum',
  'minimum',
  'greaterEqual',
  'less',
  'divide',
  'power',
  'equal',
  'keep',
]

/** Axes that the shader has. */
const RANK = 4

const shader = new Shader(source)

/** The shape that two shapes have together, or undefined where an axis differs and neither is 1. */
export function broadcast<D extends number | null>(a: readonly D[], b: readonly D[]): (D | 1)[] | undefined {
  const rank = Math.max(a.length, b.length)
  const axis = (s: readonly D[], i: number) => (i < rank - s.length ? 1 : s[i - rank + s.length]!)
  const shape = Array.from({ length: rank }, (_, i) => {
    const [p, q] = [axis(a, i), axis(b, i)]
    if (p === null || q === null) return null
    return p === q || q === 1 ? p : p === 1 ? q : undefined
  })
  return shape.includes(undefined) ? undefined : (shape as (D | 1)[])
}

/** Axes that lie next to each other and are walked through in the same way, as one. */
interface Axis {
  size: number
  /** Distance in elements of neighbours in a and b; 0 where it is repeated. */
  readonly steps: [a: number, b: number]
}

/** The axes of y, the innermost first. */
function axesOf(a: Shape, b: Shape, y: Shape): Axis[] {
  const axes: Axis[] = []
  const passed: [number, number] = [1, 1]
  for (let i = 1; i <= y.length; i++) {
    const size = y.at(-i)!
    if (size === 1) continue
    const own = [a.at(-i) ?? 1, b.at(-i) ?? 1]
    const steps = own.map((d, x) => (i <= [a, b][x]!.length && d > 1 ? passed[x]! : 0)) as [number, number]
    own.forEach((d, x) => (passed[x]! *= d))
    const inner = axes.at(-1)
    if (inner?.steps.every((step, x) => (step === 0) === (steps[x] === 0))) inner.size *= size
    else axes.push({ size, steps })
  }
  return axes
}

/** Sizes of the shader. */
function axisSizes(axes: readonly Axis[]): Record<string, number> {
  const at = Array.from({ length: RANK }, (_, i) => axes[i] ?? { size: 1, steps: [0, 0] as const })
  return {
    ...Object.fromEntries(at.slice(0, -1).map((x, i) => [`size${i}`, x.size])),
    ...Object.fromEntries(at.flatMap(({ steps }, i) => [[`a${i}`, steps[0]] as const, [`b${i}`, steps[1]] as const])),
  }
}

/** a, b: of any rank whose axes come to 4 when neighbours along which both go, or one of them stays, are one. NaN in either gives NaN, but for comparisons, which then do not hold, and where nothing is kept. */
export const combine = defineOp<CombineAttrs>({
  name: 'combine',
  inputs: ['a', 'b'],
  output: 'y',
  elementwise: true,
  shape([a, b], { kind }) {
    if (!KINDS.includes(kind)) throw new ArgumentError('combine', `kind must be one of ${KINDS.join(', ')}, got ${String(kind)}`)
    const shape = broadcast(a!, b!)
    if (!shape || axesOf(a!, b!, shape).length > RANK) {
      const rule = `a and b must have axes that are equal or 1, ${RANK} at most when neighbours that go alike are one`
      throw new ShapeError('combine', `${rule}, got a ${formatShape(a)} and b ${formatShape(b)}`)
    }
    return shape
  },
  cost: ({ inputs, output }) => ({ flops: sizeOf(output), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(inputs[1]!), sizeOf(output)) }),
  variants: everywhere(({ inputs: [a, b], output, attrs }) => {
    const axes = axesOf(a!, b!, output)
    const epilogue = epilogueOf([], attrs)
    return {
      wgsl: shader.text({
        consts: { KIND: KINDS.indexOf(attrs.kind), RANK: Math.max(1, axes.length) },
        functions: epilogue.functions('Vec'),
      }),
      sizes: { relu: epilogue.sizes['relu']!, ...axisSizes(axes) },
      groups: elementGroups(sizeOf(output)),
    }
  }),
})
