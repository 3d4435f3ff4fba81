/** Reads operations in a model's config: those of Keras 3, `TFOpLambda` and `SlicingOpLambda` of tf.keras 2.4 to 2.15, `TensorFlowOpLayer` before. */
import { FileError } from '../errors.ts'
import { isRecord } from '../described.ts'
import type { RawConfig } from '../layers/config.ts'
import { OperationLayer, readArgument, type TensorAt } from '../layers/operations/operation.ts'
import { operationNamed } from '../layers/operations/table.ts'
import { fromTensorFlow, type Translated } from '../layers/operations/tensorflow.ts'
import { fromNodeDef } from '../layers/operations/tensorflow_nodes.ts'
import type { Argument, Arguments } from '../layers/operations/values.ts'
import { stringifyPython } from '../loaders/keras/python_json.ts'
import type { Entry, OPERATION_CLASSES } from './entries.ts'
import { isTriple, ref, tensorRef, type CallRefs, type TensorRef } from './node_refs.ts'

export { checkMasks } from './mask_refs.ts'

/** Where Keras 2 has a value that is no tensor before the call's other arguments, it writes this as the layer that it comes from. */
const CONSTANT = '_CONSTANT_VALUE'

function refuse(layer: string, rule: string, got: unknown): FileError {
  return new FileError('unsupported', `[${layer}] ${rule}, got ${(JSON.stringify(got) ?? 'nothing').slice(0, 200)}`)
}

/** Collects the tensors among arguments, in order. */
function collector(): { refs: TensorRef[]; at: (found: TensorRef | undefined) => TensorAt | undefined } {
  const refs: TensorRef[] = []
  return { refs, at: (found) => (found ? { tensor: refs.push(found) - 1 } : undefined) }
}

type Read = (raw: unknown) => Argument<TensorAt>

const named = (record: RawConfig, read: Read): Arguments<TensorAt> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, read(value)]))

/** Keras 3: the arguments of the call in the node, those of the constructor in the config. */
function keras3({ name, className, config }: Entry, node: unknown): CallRefs & { operation: Translated<TensorAt> } {
  const { args, kwargs } = isRecord(node) ? node : {}
  if (!Array.isArray(args)) throw refuse(name, 'an operation must be called with arguments', node)
  const { refs, at } = collector()
  const read: Read = (raw) => readArgument(name, raw, (value) => at(tensorRef(value)))
  const { call = [], options = [] } = operationNamed(className) ?? {}
  const own = Object.fromEntries(
    Object.entries(config).filter(([key]) => options.includes(key) || !['name', 'trainable', 'dtype'].includes(key)),
  )
  const given = args.map((value, i) => [call[i] ?? String(i), read(value)] as const)
  const all = { ...named(own, read), ...Object.fromEntries(given), ...named(isRecord(kwargs) ? kwargs : {}, read) }
  return { inputs: refs, options: {}, operation: { op: className, kwargs: all, tensorflow: false } }
}

/** Keras 2: `[layer, node, tensor, {other arguments}]`, or a list of them. */
function keras2({ name, config }: Entry, node: unknown): CallRefs & { operation: Translated<TensorAt> } {
  const given = typeof config['function'] === 'string' ? config['function'] : name
  const called = given.replace(/^tf\./, '')
  const { refs, at } = collector()
  const read: Read = (raw) => readArgument(name, raw, (value) => at(isTriple(value) && value.length === 3 ? ref(value) : undefined))
  const single = (one: unknown): Argument<TensorAt> => {
    if (Array.isArray(one) && one[0] === CONSTANT) return read(one[2])
    if (!isTriple(one)) throw refuse(name, 'an inbound node must be a list of [layer,node,tensor]', one)
    return at(ref(one))!
  }
  const isOne = Array.isArray(node) && typeof node[0] === 'string'
  const list: unknown[] = isOne ? [node] : Array.isArray(node) ? node : []
  if (!list.length) throw refuse(name, 'an inbound node must be a list of [layer,node,tensor]', node)
  const first = list.map(single)
  const lists = called === 'concat' || called === 'stack'
  const others = Array.isArray(list[0]) && isRecord(list[0][3]) ? list[0][3] : {}
  const argument = isOne || (first.length === 1 && !lists) ? first[0]! : first
  return { inputs: refs, options: {}, operation: fromTensorFlow(name, called, [argument], named(others, read)) }
}

/** Before: a node of TensorFlow's graph, whose inputs that are constants are beside it. */
function nodeDef({ name, config }: Entry, node: unknown): CallRefs & { operation: Translated<TensorAt> } {
  const list: unknown[] = isTriple(node) ? [node] : Array.isArray(node) ? node : []
  const tensors = list.map((one, i) => {
    if (!isTriple(one)) throw refuse(name, 'an inbound node must be a list of [layer,node,tensor]', one)
    return { ref: ref(one), at: { tensor: i } }
  })
  const constants = isRecord(config['constants'])
    ? named(config['constants'], (raw) => readArgument<TensorAt>(name, raw, () => undefined))
    : {}
  const operation = fromNodeDef(
    name,
    config['node_def'],
    tensors.map((t) => t.at),
    constants,
  )
  return { inputs: tensors.map((t) => t.ref), options: {}, operation }
}

/** Of what wraps an operation; all others are those of Keras 3. */
const READERS: Readonly<Record<(typeof OPERATION_CLASSES)[number], typeof keras2>> = {
  TFOpLambda: keras2,
  SlicingOpLambda: keras2,
  TensorFlowOpLayer: nodeDef,
}

const readerOf = (className: string) => (Object.hasOwn(READERS, className) ? READERS[className as keyof typeof READERS] : keras3)

/** Whether Keras 3 has an operation of the name that is known. */
export const isOperationKnown = (className: string): boolean => operationNamed(className) !== undefined

/**
 * Every application of an operation.
 * @throws FileError `unsupported` for what is not known; ArgumentError for arguments that it does not have
 */
export function operationCalls(entry: Entry): readonly CallRefs[] {
  const nodes = entry.raw['inbound_nodes']
  if (!Array.isArray(nodes) || !nodes.length) throw refuse(entry.name, 'an operation must have an inbound node', nodes)
  const read = readerOf(entry.className)
  const calls = nodes.map((node) => read(entry, node))
  const texts = calls.map(({ operation }) => stringifyPython(operation))
  const other = texts.find((text) => text !== texts[0])
  if (other !== undefined)
    throw refuse(entry.name, `an operation must be called with the same arguments, ${texts[0]!.slice(0, 200)}`, other)
  return calls
}

/** The layer of an operation. @throws as `OperationLayer` */
export function operationLayer({ name }: Entry, { op, kwargs, tensorflow }: Translated<TensorAt>): OperationLayer {
  return new OperationLayer(op, [], kwargs, { name, tensorflow })
}
