/** Appends operations to a graph: what config layers of any dialect, and functions of Lambda layers, are made of. */
import { ArgumentError, FileError, ShapeError } from '../../errors.ts'
import { Graph, type Node } from '../../graph/graph.ts'
import { formatShape } from '../../shape.ts'
import type { SymbolicShape } from '../layer.ts'
import { isOpen } from '../open_sizes.ts'
import { checkKinds, markKinds } from './kinds.ts'
import { knownOperations, operationNamed, type Operation } from './table.ts'
import { Given, type Argument, type Arguments, type Emission } from './values.ts'

/** @throws FileError `unsupported` listing what is known, for an operation that is not */
export function checkedOperation(layer: string, op: string): Operation {
  const found = operationNamed(op)
  if (found) return found
  const hint = `put a layer in its place: replaceLayers: { ${JSON.stringify(layer)}: layer }`
  throw new FileError('unsupported', `[${layer}] an operation must be one of ${knownOperations.join(', ')} (${hint}), got ${op}`)
}

/**
 * Arguments by their names.
 * @param args in the order of the call's parameters, behind which come those of the constructor
 * @throws ArgumentError for more arguments than there are parameters, a name that is none, and two values of one
 */
export function namedArguments<T>(
  layer: string,
  op: string,
  args: readonly Argument<T>[],
  kwargs: Arguments<T>,
): Record<string, Argument<T>> {
  const { call, options } = checkedOperation(layer, op)
  const names = [...call, ...options]
  const all = Object.fromEntries(args.map((value, i) => [names[i] ?? '', value]))
  const strange = args.length > names.length ? `${args.length} arguments` : Object.keys(kwargs).find((k) => !names.includes(k) || k in all)
  if (strange === undefined) return { ...all, ...kwargs }
  throw new ArgumentError(layer, `${op}: arguments must be ${names.join(', ')}, each once, got ${strange}`)
}

/**
 * Appends an operation by the class name of Keras 3: `Add`, `GetItem`, `Mean`.
 * @param kwargs by the names of Keras 3
 * @returns one node, or those of Split and Unstack
 * @throws FileError `unsupported` for an operation that is not known; ArgumentError, ShapeError for arguments that it cannot have
 */
export function emitOperation(c: Emission, op: string, args: readonly Argument[], kwargs: Arguments = {}): readonly Node[] {
  const named = namedArguments(c.name, op, args, kwargs)
  const given = new Given(c, op, named)
  checkKinds(given, op, named)
  const made = checkedOperation(c.name, op).emit(given)
  const all = Array.isArray(made) ? (made as readonly Node[]) : [made as Node]
  markKinds(given, op, named, all)
  return all
}

/** Two batches that no axis is as long as, for what depends on the batch alone. */
const BATCHES = [10_007, 20_011] as const

/** Two sizes for what is open, both many times whole and halved: what differs with them is open, too. */
const OPEN_SIZES = [2520, 5040] as const

/**
 * The shapes of what `emit` appends: it is called with two batches, and two sizes where they are open, on graphs that are thrown away.
 * @throws ShapeError for outputs that are not one for each sample; as `emit` does
 */
export function shapesOf(
  name: string,
  inputs: readonly SymbolicShape[],
  emit: (graph: Graph, inputs: readonly Node[]) => readonly Node[],
): readonly SymbolicShape[] {
  const open = inputs.some(isOpen)
  const [some, others] = BATCHES.map((batch, i) => {
    const graph = new Graph()
    const nodes = inputs.map((s, k) => graph.input(`x${k}`, [batch, ...s.slice(1).map((d) => d ?? OPEN_SIZES[i]!)]))
    return emit(graph, nodes).map(({ shape }) => shape)
  })
  return some!.map((shape, i) => {
    const other = others![i]!
    const sizes = shape.map((d, axis) => (d === other[axis] ? d : null))
    const apart = shape[0] === BATCHES[0] && other[0] === BATCHES[1] && shape.length === other.length
    const alone = sizes.every((d, axis) => !axis || d !== null || (open && shape[axis]! % BATCHES[0] > 0))
    if (apart && alone) return sizes
    const batchless = formatShape(shape.map((d) => (d === BATCHES[0] ? null : d)))
    throw new ShapeError(name, `an operation must give something for each sample, and the samples first, got ${batchless}`)
  })
}
