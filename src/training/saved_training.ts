/** Goes on with the optimizer that a file keeps. Loaded where that is asked for. */
import { described, isRecord } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import type { SavedOptimizer } from '../loaders/keras/saved_optimizer.ts'
import type { Parameter } from '../parameter.ts'
import { formatShape, sameShape } from '../shape.ts'
import type { Engine } from './engine.ts'
import { stateOf, trainable, type TrainableWeight } from './optimizer_state.ts'
import { ageOf, optimizerOfFile, orderOf, weightOrder, type VariableOrder } from './optimizers/older.ts'
import type { KerasOptimizer } from './optimizers/optimizer.ts'

/** Where a file's variables are, and the weights whose state they are, in their order. */
type Order = VariableOrder & { readonly weights: readonly TrainableWeight[] }

/** The optimizer of a file, with its defaults for what Keras does not keep. @throws ArgumentError for one that is not known here */
export function savedOptimizer(saved: SavedOptimizer | undefined): KerasOptimizer {
  if (saved) return optimizerOfFile(...partsOf(saved))
  throw new ArgumentError('compile', "optimizer: 'saved' needs a model from a file that keeps one, got none")
}

type Variables = Awaited<ReturnType<SavedOptimizer['variables']>>

/** Its class, and its options by Keras's names. @throws ArgumentError */
function partsOf({ config }: SavedOptimizer): [className: string, options: Readonly<Record<string, unknown>>] {
  const { class_name: name, config: options = {} } = config
  if (typeof name === 'string' && isRecord(options)) return [name, options]
  throw new ArgumentError('compile', `a saved optimizer must have a class and options, got ${described(name)} and ${described(options)}`)
}

/** What a weight is called in the group of its layer in an HDF5 file. */
function nameInFile({ layer, path, source }: Parameter): string {
  const at = (source as { readonly path?: string }).path ?? path
  const inGroup = at.replace(/^\/model_weights\//, '')
  return inGroup.startsWith(`${layer}/`) ? inGroup.slice(layer.length + 1) : inGroup.replace(/^[^/]*\//, '')
}

/** Where a file's variables are. @throws as orderOf and weightOrder */
function orderIn(engine: Engine, optimizer: KerasOptimizer, saved: SavedOptimizer, variables: Variables): Order {
  const [, config] = partsOf(saved)
  const weights = trainable(engine.network)
  if (ageOf(config) !== 'today') {
    const order = orderOf(optimizer, config, weights.length, variables.map((v) => v.shape)) // prettier-ignore
    if (variables.length === order.first) return { ...order, weights }
    const names = weights.map(([, w]) => nameInFile(w))
    return { ...order, weights: weightOrder(names, config, saved.version).map((at) => weights[at]!) }
  }
  const behind = Object.keys(optimizer.rule.kept?.(0) ?? {}).length
  return { groups: optimizer.groups, first: Math.min(variables.length, optimizer.hasRate ? 2 : 1), behind, weights }
}

/** @throws ArgumentError where a variable is not of a weight's shape, or the weight is converted, as its state would have to be */
function checkState(state: readonly { name: string; parameter: Parameter; weight: Parameter }[], variables: Variables): void {
  for (const [i, { name, parameter, weight }] of state.entries()) {
    const { shape } = variables[i]!
    if (!sameShape(shape, parameter.shape))
      throw new ArgumentError('compile', `${name} must be of shape ${formatShape(parameter.shape)}, got ${formatShape(shape)}`)
    if (!weight.source.converted) continue
    const rule = `the state of ${weight.path} must lie in the file as the weight does, which is converted when it is read`
    throw new ArgumentError('compile', `${rule}, got ${name}; compile with an optimizer of your own`)
  }
}

/**
 * Puts a file's variables into an engine that has not trained. Of an optimizer that has not trained either, Keras keeps no state.
 * @throws ArgumentError where they are not those of its optimizer and weights; FileError, DeviceError
 */
export async function restore(engine: Engine, optimizer: KerasOptimizer, saved: SavedOptimizer): Promise<void> {
  const variables = await saved.variables()
  const order = orderIn(engine, optimizer, saved, variables)
  const { first, behind } = order
  const all = stateOf(engine, optimizer, order)
  const wanted = first + all.length + behind
  const isNew = variables.length === first
  if (!isNew && variables.length !== wanted) {
    const rule = `a saved ${optimizer.name} must have ${wanted} variables for what is trainable`
    const next = 'set trainable as it was in that training, or compile with an optimizer of your own'
    throw new ArgumentError('compile', `${rule}, got ${variables.length}; ${next}`)
  }
  const state = isNew ? [] : all
  checkState(state, variables.slice(first))
  // The count of steps is whole, beyond what f32 holds, too.
  const [iteration = 0, rate] = await Promise.all(variables.slice(0, first).map(async (v) => (await v.readDouble(0, 1))[0]))
  if (!Number.isSafeInteger(iteration) || iteration < 0)
    throw new ArgumentError('compile', `the count of steps of a saved ${optimizer.name} must be a whole number from 0, got ${iteration}`)
  state.forEach(({ parameter }, i) => (parameter.source = variables[first + i]!))
  await engine.adoptMoments()
  engine.progress.step = iteration
  if (rate !== undefined && ageOf(partsOf(saved)[1]) === 'today') optimizer.learningRate = rate
}
