/** Reads how the layers of a Functional model are connected: `inbound_nodes`, `input_layers`, `output_layers`, in the dialects of Keras. */
import { FileError } from '../errors.ts'
import { isRecord, type RawConfig } from '../layers/config.ts'

/** The tensor that a layer's n-th application gives. */
export interface TensorRef {
  readonly layer: string
  readonly node: number
}

function refuse(layer: string, rule: string, got: unknown): FileError {
  return new FileError('unsupported', `[${layer}] ${rule}, got ${(JSON.stringify(got) ?? 'nothing').slice(0, 200)}`)
}

/** `[layer, node, tensor]`, and in Keras 2 call arguments behind it. */
function isTriple(value: unknown): value is [string, number, number, unknown?] {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number' && typeof value[2] === 'number'
}

function ref(where: string, [layer, node, tensor]: [string, number, number, unknown?]): TensorRef {
  if (tensor !== 0) throw refuse(where, 'layers must have one output', `output ${tensor} of ${layer}`)
  return { layer, node }
}

/**
 * Call arguments that change nothing here; others are refused.
 * @param training values of `training` that prediction does not care for. Keras 3 predicts with training=False whatever the call said, and
 * writes true for layers such as Resizing and RandomFlip, of which it is the default; in older versions the call's word stands.
 */
function checkArguments(layer: string, kwargs: unknown, training: readonly unknown[]): void {
  for (const [name, value] of Object.entries(isRecord(kwargs) ? kwargs : {})) {
    if (value === null || value === undefined || (name === 'training' && training.includes(value))) continue
    throw refuse(layer, 'a layer must be called without arguments besides its inputs', { [name]: value })
  }
}

/** Keras 3: tensors among the arguments, alone or in a list. */
function tensorsIn(layer: string, value: unknown, tensorsOnly: boolean): TensorRef[] {
  if (value === null) return []
  if (Array.isArray(value)) return value.flatMap((v) => tensorsIn(layer, v, tensorsOnly))
  const history =
    isRecord(value) && value['class_name'] === '__keras_tensor__' && isRecord(value['config']) && value['config']['keras_history']
  if (isTriple(history)) return [ref(layer, history)]
  if (tensorsOnly) throw refuse(layer, 'a layer must be called with tensors', value)
  return isRecord(value) ? tensorsIn(layer, Object.values(value), tensorsOnly) : []
}

/** Keras 1 and 2: a list of triples, or one triple. */
function triplesIn(layer: string, value: unknown, tensorsOnly: boolean): TensorRef[] {
  const list: unknown[] = isTriple(value) ? [value] : Array.isArray(value) ? value : []
  return list.flatMap((v) => {
    if (!isTriple(v)) throw refuse(layer, 'an inbound node must be a list of [layer,node,tensor]', v)
    if (tensorsOnly) checkArguments(layer, v[3], [false])
    const more = tensorsOnly || !isRecord(v[3]) ? [] : Object.values(v[3]).filter(isTriple)
    return [v, ...more].map((t) => ref(layer, t))
  })
}

/**
 * The inputs of every application of a layer.
 * @param tensorsOnly refuse arguments besides tensors. False for calls that something else takes the place of, be they of an op, whose tensors
 * may be any of its arguments.
 * @throws FileError
 */
export function inboundNodes(layer: string, value: unknown, tensorsOnly: boolean): TensorRef[][] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw refuse(layer, 'inbound_nodes must be a list', value)
  return value.map((node: unknown) => {
    if (!isRecord(node)) return triplesIn(layer, node, tensorsOnly)
    if (!tensorsOnly) return tensorsIn(layer, [node['args'], node['kwargs']], false)
    checkArguments(layer, node['kwargs'], [false, true])
    return tensorsIn(layer, node['args'], true)
  })
}

/** `input_layers` or `output_layers`: a triple, or triples in a list or under names. @throws FileError */
export function endpoints(model: string, config: RawConfig, key: 'input_layers' | 'output_layers'): TensorRef[] {
  const walk = (value: unknown): TensorRef[] => {
    if (isTriple(value)) return [ref(model, value)]
    if (Array.isArray(value)) return value.flatMap(walk)
    if (isRecord(value)) return Object.values(value).flatMap(walk)
    throw refuse(model, `${key} must be [layer,node,tensor]`, value)
  }
  return walk(config[key])
}
