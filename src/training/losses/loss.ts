/** What a loss is: an object that adds its nodes to the graph; anybody can write one. And what those of Keras share. */
import { ArgumentError } from '../../errors.ts'
import { described } from '../../described.ts'
import { isOp, storageOf, type Graph, type Node } from '../../graph/graph.ts'
import { unmoved } from '../../graph/layout.ts'
import { activation } from '../../kernels/activation/activation.ts'
import { globalAvgPool } from '../../kernels/global_avg_pool.ts'
import { softmax } from '../../kernels/softmax.ts'
import type { SymbolicShape } from '../../layers/layer.ts'
import { checkNames } from '../../options.ts'
import { sizeOf } from '../../shape.ts'
import type { Tensor } from '../../tensor.ts'

/** What samples are labelled with: a tensor with a row for each sample, or a number for each. See {@link losses}. */
export type Labels = Tensor | ArrayLike<number>

/** What training makes small: a value for each sample, as nodes of the graph. See {@link losses}. */
export interface Loss {
  /** For messages. */
  readonly name: string
  /**
   * Checks labels and makes targets of them, a row for each sample. Default: a tensor of the model's output shape, as it is.
   * @param where who asks, for messages: `fit`, `evaluate`
   * @param output shape of the model's output, with null for the batch
   * @throws ShapeError, DataError, ArgumentError
   */
  targets?(where: string, y: Labels, count: number, output: SymbolicShape): Tensor
  /**
   * Appends the loss of every sample of a batch.
   * @param y the model's output
   * @param t targets, a row for each row of y
   * @returns a node [N]. What it holds for rows that are padding does not matter; all rows are of real samples, some of them twice.
   */
  loss(g: Graph, y: Node, t: Node): Node
}

/** The scores [R,K] before the softmax that a model ends in, or undefined where it ends in something else. */
export function beforeSoftmax(y: Node): Node | undefined {
  const end = storageOf(y)
  return isOp(end, softmax) && end.shape[1] === y.shape.at(-1) ? end.inputs[0] : undefined
}

/** The scores before the sigmoid that a model ends in, moved as y is (channels first); or undefined where it ends in something else. */
export function beforeSigmoid(g: Graph, y: Node): Node | undefined {
  const { node: end, moved } = unmoved(y)
  return isOp(end, activation) && end.attrs.activation === 'sigmoid' ? moved(g, end.inputs[0]!) : undefined
}

/** A row for each sample. */
export function bySample(g: Graph, x: Node, samples: number): Node {
  return g.view(x, [samples, sizeOf(x.shape) / samples])
}

/** A row for each vector along the last axis. */
export function byLastAxis(g: Graph, x: Node): Node {
  const K = x.shape.at(-1)!
  return g.view(x, [sizeOf(x.shape) / K, K])
}

/** The mean of the values that each sample has. @param values [N * values of one] */
export function meanBySample(g: Graph, values: Node, samples: number): Node {
  const each = sizeOf(values.shape) / samples
  if (each === 1) return g.view(values, [samples])
  return g.view(g.add(globalAvgPool, [g.view(values, [samples, each, 1, 1])], {}), [samples])
}

type Check = readonly [rule: string, holds: (value: unknown) => boolean]

const number = (rule: string, holds: (n: number) => boolean): Check => [rule, (v) => typeof v === 'number' && holds(v)]

/** What options of losses and metrics must be. */
export const option = {
  flag: ['true or false', (v) => typeof v === 'boolean'] as Check,
  share: number('a number from 0 to 1', (n) => n >= 0 && n <= 1),
  finite: number('a finite number', Number.isFinite),
  positive: number('a number above 0', (n) => n > 0 && n < Infinity),
  fromZero: number('a number from 0', (n) => n >= 0 && n < Infinity),
  count: number('a positive whole number', (n) => Number.isInteger(n) && n > 0),
  index: number('a whole number from 0', (n) => Number.isInteger(n) && n >= 0),
  text: ['a name', (v) => typeof v === 'string' && v !== ''] as Check,
} satisfies Record<string, Check>

/** Options over their defaults. @throws ArgumentError for what is no option, or not as it must be */
export function optionsOf<O extends object>(where: string, given: Partial<O>, defaults: O, checks: Readonly<Record<keyof O, Check>>): O {
  checkNames(where, given, Object.keys(checks))
  for (const [key, value] of Object.entries(given)) {
    const check = checks[key as keyof O]
    if (value !== undefined && !check[1](value)) throw new ArgumentError(where, `${key} must be ${check[0]}, got ${described(value)}`)
  }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...defaults, ...(set as Partial<O>) }
}
