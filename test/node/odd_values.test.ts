/** Operations of odd values against what Keras 3 makes of them on JAX or TensorFlow (test/golden/make_odd.py). In Node: WGSL promises nothing of NaN. */
import { expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { Constants } from '../../src/layers/constants.ts'
import { emitOperation } from '../../src/layers/operations/operations.ts'
import type { Argument } from '../../src/layers/operations/values.ts'
import golden from '../golden/models/odd.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'
import { runGraph } from '../support/graphs.ts'

const device = useDevice()

const number = (text: string): number => (text === 'inf' ? Infinity : text === '-inf' ? -Infinity : text === 'nan' ? NaN : Number(text))
const rows = golden.rows.map((row) => row.map(number))
const [N, K] = [rows.length, rows[0]!.length]
const x = Float32Array.from(rows.flat())
const turned = Float32Array.from(rows.flatMap((row) => row.toReversed()))

const isNear = (ours: number, theirs: number): boolean =>
  Object.is(ours, theirs) || Math.abs(ours - theirs) <= 1e-5 * Math.max(0.1, Math.abs(theirs))

/** What has its own answer to what is not finite: NaN stays NaN, 0 is what silu comes near far below 0, a root of -Infinity is NaN. */
const OWN = ['HardShrink ', 'SoftShrink ', 'Silu ', 'HardSilu ', 'Squareplus ', 'Sparsemax -1', 'Power 0.5', 'Power -0.5']

interface Case {
  readonly op: string
  readonly args: readonly string[]
  readonly kwargs: Readonly<Record<string, string>>
  readonly values: readonly string[]
}

const cases = (golden.jax as readonly object[] as readonly Case[]).map((c, i) => ({
  ...c,
  name: `${c.op} ${[...c.args, ...Object.values(c.kwargs)].join(' ')}`,
  other: golden.tensorflow[i]!.values,
}))

test.each(cases)('$name', async ({ name, op, args, kwargs, values, other }) => {
  const graph = new Graph()
  const c = { name: 'op', graph, constants: new Constants('op') }
  const [a, b] = [graph.input('x', [N, K]), graph.input('turned', [N, K])]
  const given = args.map((text): Argument => (text === 'turned' ? b : number(text)))
  const named = Object.fromEntries(Object.entries(kwargs).map(([key, text]) => [key, number(text)]))
  graph.outputs.set('y', emitOperation(c, op, [a, ...given], named)[0]!)
  const { y } = await runGraph(device(), graph, args.includes('turned') ? { x, turned } : { x })
  const rowOf = (i: number) => rows[Math.floor((i * N) / y!.length)]!
  const isOwn = (i: number) => OWN.includes(name) && !rowOf(i).every(Number.isFinite)
  const far = Array.from(y!).flatMap((ours, i) =>
    isOwn(i) || [values, other].some((list) => isNear(ours, number(list[i]!)))
      ? []
      : [`${rowOf(i).join()}: ${ours}, not ${values[i]} or ${other[i]}`],
  )
  expect(far).toEqual([])
})
