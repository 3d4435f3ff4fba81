/** Activations that layers take by name, as Keras has them (keras/src/activations). */
import { described, isRecord } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { activation as activationOp } from '../kernels/activation/activation.ts'
import type { ActivationFunction } from '../kernels/activation/functions.ts'
import { softmax } from '../kernels/softmax.ts'
import type { LayerConfig, MakeLayer } from './config.ts'

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
  celu: { kind: 'elu', alpha: 1, scale: 1 },
  mish: 'mish',
  squareplus: 'squareplus',
  sparsePlus: 'sparsePlus',
  sparseSigmoid: { kind: 'hardSigmoid', slope: 0.5, offset: 0.5 },
  logSigmoid: 'logSigmoid',
  hardTanh: 'hardTanh',
  tanhShrink: 'tanhShrink',
  softShrink: 'softShrink',
  hardShrink: 'hardShrink',
} as const satisfies Record<string, ActivationFunction>

export type ActivationName = 'softmax' | keyof typeof TABLE

/** A layer that is an activation with numbers of its own: `layers.leakyRelu({ negativeSlope: 0.1 })`, `relu`, `elu`, `softmax`, `activation`. */
export interface ActivationObject {
  readonly name: string
  /** Whether each value depends on its own alone, whatever the axes are. */
  readonly byValue: boolean
  /** Appends it. */
  activate(graph: Graph, x: Node): Node
  /** As Keras 3 writes it. */
  serialize(): string | Record<string, unknown>
}

/** What layers take as their activation. See {@link layers}. */
export type Activation = ActivationName | ActivationObject

const KNOWN: readonly ActivationName[] = ['softmax', ...(Object.keys(TABLE) as (keyof typeof TABLE)[])]

/** Activations that few files have, by their names, once a file that has them has had them loaded (`loadClasses`). */
export const rareActivations = new Map<string, ActivationObject>()

/** Other names for the same. */
const ALIASES: Readonly<Record<string, ActivationName>> = { swish: 'silu', hardSwish: 'hardSilu', leakyReLU: 'leakyRelu' }

/** By the name in a file, such as `hard_sigmoid`; undefined where there is none such. */
export function activationNamed(name: string, keras: 1 | 2 | 3): ActivationName | undefined {
  const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const found = Object.hasOwn(ALIASES, camel) ? ALIASES[camel] : KNOWN.find((k) => k === camel)
  return found === 'hardSigmoid' && keras < 3 ? 'hardSigmoidLegacy' : found
}

const isObject = (given: unknown): given is ActivationObject => isRecord(given) && typeof given['activate'] === 'function'

/**
 * The activation in a config: a name, a serialized function or a serialized layer.
 * @param make of the layers in it
 * @throws FileError for another
 */
export function activationOf(c: LayerConfig, make: MakeLayer): Activation {
  const value = c.value('activation') ?? 'linear'
  const object = isRecord(value) && value['class_name'] !== 'function' ? value : undefined
  const name = object ? object['class_name'] : isRecord(value) ? value['config'] : value
  const named = !object && typeof name === 'string' ? (activationNamed(name, c.keras) ?? rareActivations.get(name)) : undefined
  if (named) return named
  const layer = object && make(object)
  if (isObject(layer)) return layer
  throw c.refuse('activation must be one that is known, or a layer ReLU, LeakyReLU, ELU, Softmax or Activation', name)
}

/** What Keras 3 writes of it. @throws ArgumentError for the one that it no longer has */
export function kerasActivation(layer: string, name: Activation): string | Record<string, unknown> {
  if (typeof name !== 'string') return name.serialize()
  if (name === 'hardSigmoidLegacy')
    throw new ArgumentError(layer, 'an activation must be one of Keras 3 to be saved, got hardSigmoidLegacy')
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** @throws ArgumentError for a name that is not known, or what is no activation. */
export function checkActivation(layer: string, given: Activation = 'linear'): Activation {
  if (isObject(given)) return given
  const found = typeof given === 'string' ? activationNamed(given, 3) : undefined
  if (found) return found
  throw new ArgumentError(layer, `activation must be one of ${KNOWN.join(', ')}, or a layer that is one, got ${described(given)}`)
}

/** Softmax over the last axis of a tensor of any rank but 1. */
function softmaxLast(graph: Graph, x: Node): Node {
  const K = x.shape.at(-1)!
  const rows = graph.view(x, [x.shape.reduce((n, d) => n * d, 1) / K, K])
  return graph.view(graph.add(softmax, [rows], {}), x.shape)
}

/** Whether each value of it depends on its own alone. */
export const byValue = (a: Activation): boolean => (typeof a === 'string' ? a !== 'softmax' : a.byValue)

/** Appends the activation. Fusion into the op before it is the graph's business. */
export function activate(graph: Graph, x: Node, activation: Activation): Node {
  if (typeof activation !== 'string') return activation.activate(graph, x)
  if (activation === 'softmax') return softmaxLast(graph, x)
  return activation === 'linear' ? x : graph.add(activationOp, [x], { activation: TABLE[activation] })
}
