/** Activations that layers take by name, as Keras has them (keras/src/activations). */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { activation as activationOp } from '../kernels/activation/activation.ts'
import type { ActivationFunction } from '../kernels/activation/functions.ts'
import { softmax } from '../kernels/softmax.ts'

/** Relu with a slope below a threshold and a largest value; plain where it has neither. */
export function reluWith(negativeSlope = 0, maxValue = Infinity, threshold = 0): ActivationFunction {
  const plain = negativeSlope === 0 && maxValue === Infinity && threshold === 0
  return plain ? 'relu' : { kind: 'relu', negativeSlope, threshold, maxValue }
}

/** What each is. `hardSigmoidLegacy` is that of Keras 1 and 2, with another slope. */
const TABLE = {
  linear: 'linear',
  relu: 'relu',
  relu6: reluWith(0, 6),
  leakyRelu: reluWith(0.2),
  elu: { kind: 'elu', alpha: 1, scale: 1 },
  selu: { kind: 'elu', alpha: 1.6732632423543772, scale: 1.0507009873554805 },
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  silu: 'silu',
  hardSigmoid: { kind: 'hardSigmoid', slope: 1 / 6, offset: 0.5 },
  hardSigmoidLegacy: { kind: 'hardSigmoid', slope: 0.2, offset: 0.5 },
  hardSilu: { kind: 'hardSilu', slope: 1 / 6, offset: 0.5 },
  softplus: 'softplus',
  softsign: 'softsign',
  exponential: 'exponential',
  gelu: 'gelu',
} as const satisfies Record<string, ActivationFunction>

export type Activation = 'softmax' | keyof typeof TABLE

const KNOWN: readonly Activation[] = ['softmax', ...(Object.keys(TABLE) as (keyof typeof TABLE)[])]

/** Other names for the same. */
const ALIASES: Readonly<Record<string, Activation>> = { swish: 'silu', hardSwish: 'hardSilu', leakyReLU: 'leakyRelu' }

/** By the name in a file, such as `hard_sigmoid`; undefined where there is none such. */
export function activationNamed(name: string, keras: 1 | 2 | 3): Activation | undefined {
  const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const found = Object.hasOwn(ALIASES, camel) ? ALIASES[camel] : KNOWN.find((k) => k === camel)
  return found === 'hardSigmoid' && keras < 3 ? 'hardSigmoidLegacy' : found
}

/** The name that Keras 3 has for it. @throws ArgumentError for the one that it no longer has */
export function kerasActivation(layer: string, name: Activation): string {
  if (name === 'hardSigmoidLegacy')
    throw new ArgumentError(layer, 'an activation must be one of Keras 3 to be saved, got hardSigmoidLegacy')
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** @throws ArgumentError for a name that is not known. */
export function checkActivation(layer: string, name: string | undefined): Activation {
  const found = activationNamed(name ?? 'linear', 3)
  if (!found) throw new ArgumentError(layer, `activation must be one of ${KNOWN.join(', ')}, got ${name}`)
  return found
}

/** Softmax over the last axis of a tensor of any rank but 1. */
function softmaxLast(graph: Graph, x: Node): Node {
  const K = x.shape.at(-1)!
  const rows = graph.view(x, [x.shape.reduce((n, d) => n * d, 1) / K, K])
  return graph.view(graph.add(softmax, [rows], {}), x.shape)
}

/** Appends the activation. Fusion into the op before it is the graph's business. */
export function activate(graph: Graph, x: Node, activation: Activation): Node {
  if (activation === 'softmax') return softmaxLast(graph, x)
  return activation === 'linear' ? x : graph.add(activationOp, [x], { activation: TABLE[activation] })
}
