/** An op's gradient, as the engine builds and runs it, against numeric differentiation of the op's f64 oracle. */
import { describe, test } from 'vitest'
import type { Device } from '../../src/device/device.ts'
import { gradients } from '../../src/graph/grad.ts'
import { Graph, reachable } from '../../src/graph/graph.ts'
import type { Gradient, Op } from '../../src/kernels/kernel.ts'
import { sizeOf } from '../../src/shape.ts'
import type { Reference } from '../reference/reference.ts'
import type { Inputs } from '../reference/values.ts'
import { mismatch } from './close.ts'
import { useDevice } from './device.ts'
import { runGraph } from './graphs.ts'
import { numericGradient } from './numeric.ts'
import type { OpCase } from './op-cases.ts'
import { values } from './values.ts'

/** The input that weighs the outputs. */
const WEIGHTS = 'weights of the outputs'

export interface GradientOptions<A extends object> {
  /** Names of inputs that have no gradient: targets, moving statistics. Inputs of whole numbers have none anyway. */
  readonly constant?: readonly string[]
  /** Of an op that is not in the registry. Default: what `gradients.ts` has. */
  readonly gradient?: Gradient<A>
}

/**
 * One test per case: the gradient by every input, weighted by a random dy; where an op has none, the slope must be 0. Call it once per file: it opens the GPU.
 * @param cases small ones: the oracle runs six times for every element of every input
 */
export function testGradient<A extends object>(
  op: Op<A>,
  cases: readonly OpCase<A>[],
  reference: (inputs: Inputs, attrs: A) => Reference,
  options: GradientOptions<A> = {},
): void {
  const device = useDevice()
  describe(`gradient of ${op.name}`, () => {
    test.each(cases)('$name', async (c) => {
      const wrong = await gradientMismatch(device(), op, c, reference, options)
      if (wrong) throw new Error(wrong)
    })
  })
}

/** What is wrong with the gradient of one case, or undefined. */
export async function gradientMismatch<A extends object>(
  device: Device,
  op: Op<A>,
  { inputs: given, attrs }: OpCase<A>,
  reference: (inputs: Inputs, attrs: A) => Reference,
  { constant = [], gradient }: GradientOptions<A> = {},
): Promise<string | undefined> {
  const names = op.inputs.map((name) => name.replace('?', ''))
  const wanted = given.flatMap((x, i) => (x && x.data instanceof Float32Array && !constant.includes(names[i]!) ? [i] : []))
  const g = new Graph()
  const dtypes = op.dtypes?.(attrs)
  const nodes = given.map((x, i) => x && g.input(names[i]!, x.shape, dtypes?.[names[i]!]))
  const y = g.add(op, nodes, attrs)
  const weights = values(y.shape, 99)
  const numeric = numericGradient((x) => reference(x, attrs), given, wanted, weights)

  const found = gradients(
    g,
    y,
    g.input(WEIGHTS, y.shape),
    wanted.map((i) => nodes[i]!),
    gradient && { own: [gradient] },
  )
  for (const [at, i] of wanted.entries()) {
    const dx = found.get(nodes[i]!)
    if (dx) g.outputs.set(names[i]!, dx)
    else if (!numeric.gradients[at]!.y.every((v) => v === 0)) return `d${names[i]}: no gradient`
  }
  const alive = reachable(g)
  const feed: Record<string, Float32Array | Uint32Array | Uint8Array> = {}
  nodes.forEach((n, i) => {
    if (!n || !alive.has(n.id)) return
    const { data, shape } = numeric.inputs[i]!
    feed[n.name] = n.dtype === 'u8' ? new Uint8Array(data.buffer, 0, sizeOf(shape)) : data
  })
  if (g.nodes.some((n) => n.name === WEIGHTS && alive.has(n.id))) feed[WEIGHTS] = weights.data
  const actual = await runGraph(device, g, feed)
  for (const [at, i] of wanted.entries()) {
    const wrong = found.has(nodes[i]!) && mismatch(actual[names[i]!]!, numeric.gradients[at]!)
    if (wrong) return `d${names[i]}: ${wrong}`
  }
  return undefined
}
