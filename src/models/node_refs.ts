/** Reads how the layers of a Functional model are connected: `inbound_nodes`, `input_layers`, `output_layers`, in the dialects of Keras. */
import { FileError } from '../errors.ts'
import { isRecord } from '../described.ts'
import type { RawConfig } from '../layers/config.ts'
import type { CallOptions } from '../layers/layer.ts'
import type { TensorAt } from '../layers/operations/operation.ts'
import type { Translated } from '../layers/operations/tensorflow.ts'
import type { Structure } from '../structure.ts'

/** A tensor that a layer's n-th application gives. */
export interface TensorRef {
  readonly layer: string
  readonly node: number
  /** Which of the layer's outputs. */
  readonly tensor: number
  /** The name that it is given under, where inputs or outputs have names. */
  readonly key?: string
}

/** One application of a layer. */
export interface CallRefs {
  readonly inputs: readonly TensorRef[]
  readonly options: CallOptions
  /** The masks that it is called with, of Keras 3. */
  readonly masks?: readonly TensorRef[]
  /** Of an attention: what comes later is left out. */
  readonly causal?: boolean
  /** What an operation does, with its arguments. */
  readonly operation?: Translated<TensorAt>
}

/** What is applied: `layer` one of the file's, `model` a model in a model, `other` what stands in for something of the file. */
export type Callee = 'layer' | 'model' | 'other'

export function refuse(layer: string, rule: string, got: unknown): FileError {
  return new FileError('unsupported', `[${layer}] ${rule}, got ${(JSON.stringify(got) ?? 'nothing').slice(0, 200)}`)
}

/** `[layer, node, tensor]`, and in Keras 2 call arguments behind it. */
export function isTriple(value: unknown): value is [string, number, number, unknown?] {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number' && typeof value[2] === 'number'
}

export const ref = ([layer, node, tensor]: [string, number, number, unknown?]): TensorRef => ({ layer, node, tensor })

/** Values under names, each of which must be one tensor. */
function named(where: string, record: RawConfig, read: (value: unknown) => TensorRef[]): TensorRef[] {
  return Object.entries(record).map(([key, value]) => {
    const refs = read(value)
    if (refs.length !== 1) throw refuse(where, 'what has a name must be one tensor', { [key]: value })
    return { ...refs[0]!, key }
  })
}

/** What refers to one thing, to several in order, or to several by name. */
export function inStructure<T>(refs: readonly TensorRef[], values: readonly T[]): Structure<T> {
  if (refs.some((r) => r.key !== undefined)) return Object.fromEntries(refs.map(({ key }, i) => [key!, values[i]!]))
  return values.length === 1 ? values[0]! : values
}

/** Null, be it once for each of several inputs, as Keras 3 writes masks that are none. */
function isNothing(value: unknown): boolean {
  if (Array.isArray(value) || isRecord(value)) return Object.values(value).every(isNothing)
  return value === null || value === undefined
}

/**
 * Call arguments that are known here; others are refused.
 * @param training values of `training` that are. Keras 3 predicts with training=False whatever the call said, and writes true for layers such
 * as Resizing and RandomFlip, of which it is the default; in older versions the call's word stands.
 */
export function callOptions(layer: string, kwargs: unknown, training: readonly unknown[]): CallOptions {
  let options: CallOptions = {}
  for (const [name, value] of Object.entries(isRecord(kwargs) ? kwargs : {})) {
    if (isNothing(value)) continue
    if (name !== 'training' || !training.includes(value))
      throw refuse(layer, 'a layer must be called without arguments besides its inputs', { [name]: value })
    if (value === false) options = { training: false }
  }
  return options
}

/** The tensor that an argument of Keras 3 is, if it is one. */
export function tensorRef(value: unknown): TensorRef | undefined {
  const history =
    isRecord(value) && value['class_name'] === '__keras_tensor__' && isRecord(value['config']) && value['config']['keras_history']
  return isTriple(history) ? ref(history) : undefined
}

/** Keras 3: tensors among the arguments, alone, in a list, or for a model under names. */
function tensorsIn(layer: string, value: unknown, callee: Callee): TensorRef[] {
  if (value === null) return []
  if (Array.isArray(value)) return value.flatMap((v) => tensorsIn(layer, v, callee))
  const tensor = tensorRef(value)
  if (tensor) return [tensor]
  if (isRecord(value) && callee === 'model') return named(layer, value, (v) => tensorsIn(layer, v, callee))
  if (callee !== 'other') throw refuse(layer, 'a layer must be called with tensors', value)
  return isRecord(value) ? tensorsIn(layer, Object.values(value), callee) : []
}

/** Keras 1 and 2: a list of triples, or one triple; in tf.keras also triples under names. */
function triplesIn(layer: string, value: unknown, callee: Callee): TensorRef[] {
  if (isRecord(value) && callee !== 'layer') return named(layer, value, (v) => triplesIn(layer, v, callee))
  const list: unknown[] = Array.isArray(value) && !isTriple(value) ? value : [value]
  return list.flatMap((v) => {
    if (!isTriple(v)) throw refuse(layer, 'an inbound node must be a list of [layer,node,tensor]', v)
    const more = callee !== 'other' || !isRecord(v[3]) ? [] : Object.values(v[3]).filter(isTriple)
    return [v, ...more].map(ref)
  })
}

/** The call arguments beside the triples of one application, Keras 1 and 2. */
function optionsBeside(layer: string, node: unknown): CallOptions {
  const triples: unknown[] = isTriple(node) ? [node] : isRecord(node) ? Object.values(node) : Array.isArray(node) ? node : []
  const all = triples.filter(isTriple).map((t) => callOptions(layer, t[3], [false]))
  return all.find((o) => o.training === false) ?? {}
}

/**
 * Every application of a layer.
 * @param callee Arguments besides tensors are refused but for `other`; tensors of an op that something stands in for may be any of its arguments.
 * @param masked whether there are operations, which masks are made of: without any, they are refused as other arguments are
 * @throws FileError
 */
export function inboundNodes(layer: string, value: unknown, callee: Callee, masked: boolean): CallRefs[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw refuse(layer, 'inbound_nodes must be a list', value)
  return value.map((node: unknown) => {
    if (!isRecord(node) || !('args' in node)) {
      const options = callee === 'other' ? {} : optionsBeside(layer, node)
      return { inputs: triplesIn(layer, node, callee), options }
    }
    const kwargs = isRecord(node['kwargs']) ? node['kwargs'] : {}
    // A mask comes about as layers are applied, and is no input of what stands in for one.
    const others = Object.fromEntries(Object.entries(kwargs).filter(([name]) => name !== 'mask'))
    if (callee === 'other') return { inputs: tensorsIn(layer, [node['args'], others], callee), options: {} }
    const masks = masked && !isNothing(kwargs['mask']) && tensorsIn(layer, kwargs['mask'], 'layer')
    const options = callOptions(layer, masks ? { ...kwargs, mask: null } : kwargs, [false, true])
    return { inputs: tensorsIn(layer, node['args'], callee), options, ...(masks && { masks }) }
  })
}

/** `input_layers` or `output_layers`: a triple, or triples in a list or under names. @throws FileError */
export function endpoints(model: string, config: RawConfig, key: 'input_layers' | 'output_layers'): TensorRef[] {
  const walk = (value: unknown): TensorRef[] => {
    if (isTriple(value)) return [ref(value)]
    if (Array.isArray(value)) return value.flatMap(walk)
    throw refuse(model, `${key} must be [layer,node,tensor]`, value)
  }
  const value = config[key]
  return isRecord(value) ? named(model, value, walk) : walk(value)
}
