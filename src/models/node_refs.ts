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

/** Call arguments that change nothing here; others are refused. */
function checkArguments(layer: string, kwargs: unknown): void {
  for (const [name, value] of Object.entries(isRecord(kwargs) ? kwargs : {})) {
    if (value === null || value === undefined || (name === 'training' && value === false)) continue
    throw refuse(layer, 'a layer must be called without arguments besides its inputs', { [name]: value })
  }
}

/** Keras 3: tensors among the positional arguments, alone or in a list. */
function tensorsIn(layer: string, value: unknown): TensorRef[] {
  if (value === null) return []
  if (Array.isArray(value)) return value.flatMap((v) => tensorsIn(layer, v))
  const history =
    isRecord(value) && value['class_name'] === '__keras_tensor__' && isRecord(value['config']) && value['config']['keras_history']
  if (!isTriple(history)) throw refuse(layer, 'a layer must be called with tensors', value)
  return [ref(layer, history)]
}

/** Keras 1 and 2: a list of triples, or one triple. */
function triplesIn(layer: string, value: unknown): TensorRef[] {
  const list: unknown[] = isTriple(value) ? [value] : Array.isArray(value) ? value : []
  return list.map((v) => {
    if (!isTriple(v)) throw refuse(layer, 'an inbound node must be a list of [layer,node,tensor]', v)
    checkArguments(layer, v[3])
    return ref(layer, v)
  })
}

/** The inputs of every application of a layer. @throws FileError */
export function inboundNodes(layer: string, value: unknown): TensorRef[][] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw refuse(layer, 'inbound_nodes must be a list', value)
  return value.map((node: unknown) => {
    if (!isRecord(node)) return triplesIn(layer, node)
    checkArguments(layer, node['kwargs'])
    return tensorsIn(layer, node['args'])
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
