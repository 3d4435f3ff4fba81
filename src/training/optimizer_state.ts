/** An optimizer's state as Keras keeps it in files: which variables there are, in which order, and where they go. */
import { ArgumentError } from '../errors.ts'
import type { SavedOptimizer } from '../loaders/keras/saved_optimizer.ts'
import type { ReadWeight } from '../loaders/keras/keras_file.ts'
import type { TrainingToWrite, WeightToWrite } from '../loaders/keras/writer.ts'
import type { Network } from '../layers/network.ts'
import { weightedLayers } from '../layers/weighted_layers.ts'
import type { Parameter } from '../parameter.ts'
import { formatShape, sameShape } from '../shape.ts'
import type { Engine } from './engine.ts'
import { optimizerOf } from './optimizers/given.ts'
import type { KerasOptimizer } from './optimizers/optimizer.ts'
import type { SavedCriteria } from './saved_criteria.ts'

/** Trainable weights, each once, with the paths of their layers. */
function trainable(network: Network): [path: string, weight: Parameter][] {
  const all = weightedLayers(network).flatMap(({ layer, path }) => layer.weights.map((w): [string, Parameter] => [path, w]))
  const first = new Map(all.filter(([, w]) => w.trainable).map(([path, w]) => [w, path]))
  return [...first].map(([w, path]) => [path, w])
}

/** State in Keras's order: group by group, in each weight by weight. */
function stateOf(engine: Engine, { groups, slots }: KerasOptimizer): { name: string; parameter: Parameter }[] {
  const weights = trainable(engine.network)
  return groups.flatMap((group) =>
    weights.flatMap(([path, w]) =>
      group.map((at) => ({
        name: `${path}/${w.name}/${slots[at]!}`.replaceAll('/', '_'),
        parameter: engine.momentsOf(w)[at]!,
      })),
    ),
  )
}

/**
 * Gives each variable a name of its own: those of `a/b` and of `a_b` come to the same one. Keras, which cannot save them, reads variables in the
 * order of their names' list, whatever they are.
 */
function namedApart(variables: readonly WeightToWrite[]): WeightToWrite[] {
  const names = new Set(variables.map(({ name }) => name))
  const taken = new Set<string>()
  return variables.map((variable) => {
    let { name } = variable
    for (let i = 1; taken.has(name); i++) if (!names.has(`${variable.name}_${i}`)) name = `${variable.name}_${i}`
    taken.add(name)
    return { ...variable, name }
  })
}

const scalar = (name: string, value: number): WeightToWrite => ({ name, shape: [], data: () => Float32Array.of(value) })

/**
 * What a file keeps of training.
 * @param criteria for the configs
 * @throws ArgumentError: the configs for a schedule that is none of Keras's
 */
export function trainingToWrite(
  engine: Engine,
  optimizer: KerasOptimizer,
  criteria: () => SavedCriteria,
  read: ReadWeight,
): TrainingToWrite {
  const { progress } = engine
  const iteration: WeightToWrite = {
    name: 'iteration',
    shape: [],
    whole: true,
    data: () => new Float32Array(Int32Array.of(progress.step).buffer),
  }
  const rate = optimizer.hasRate ? [scalar('learning_rate', optimizer.learningRate)] : []
  const state = stateOf(engine, optimizer).map(({ name, parameter }) => ({
    name,
    shape: parameter.shape,
    data: read(parameter),
  }))
  const kept = Object.entries(optimizer.rule.kept?.(progress.step) ?? {}).map(([name, value]) => scalar(name, value))
  const config = () => optimizer.serialize()
  return {
    name: optimizer.name,
    variables: namedApart([iteration, ...rate, ...state, ...kept]),
    compileConfig: () => ({ optimizer: config(), ...criteria(), run_eagerly: false, steps_per_execution: 1, jit_compile: false }),
    trainingConfig: () => ({ optimizer_config: config(), ...criteria() }),
  }
}

/** The optimizer of a file, with its defaults for what Keras does not keep. @throws ArgumentError for one that is not known here */
export function savedOptimizer(saved: SavedOptimizer | undefined): KerasOptimizer {
  if (saved) return optimizerOf(saved.config) as KerasOptimizer
  throw new ArgumentError('compile', "optimizer: 'saved' needs a model from a file that keeps one, got none")
}

/**
 * Puts a file's variables into an engine that has not trained. Of an optimizer that has not trained either, Keras keeps no state.
 * @throws ArgumentError where they are not those of its optimizer and weights; FileError, DeviceError
 */
export async function restore(engine: Engine, optimizer: KerasOptimizer, saved: SavedOptimizer): Promise<void> {
  const variables = await saved.variables()
  const first = optimizer.hasRate ? 2 : 1
  const all = stateOf(engine, optimizer)
  const kept = Object.keys(optimizer.rule.kept?.(0) ?? {}).length
  const wanted = first + all.length + kept
  const isNew = variables.length === first || !variables.length
  if (!isNew && variables.length !== wanted) {
    const rule = `a saved ${optimizer.name} must have ${wanted} variables for what is trainable`
    throw new ArgumentError('compile', `${rule}, got ${variables.length}`)
  }
  const state = isNew ? [] : all
  state.forEach(({ name, parameter }, i) => {
    const { shape } = variables[first + i]!
    if (sameShape(shape, parameter.shape)) return
    throw new ArgumentError('compile', `${name} must be of shape ${formatShape(parameter.shape)}, got ${formatShape(shape)}`)
  })
  // The count of steps is whole, beyond what f32 holds, too.
  const [iteration = 0, rate] = await Promise.all(variables.slice(0, first).map(async (v) => (await v.readDouble(0, 1))[0]))
  if (!Number.isSafeInteger(iteration) || iteration < 0)
    throw new ArgumentError('compile', `the count of steps of a saved ${optimizer.name} must be a whole number from 0, got ${iteration}`)
  state.forEach(({ parameter }, i) => (parameter.source = variables[first + i]!))
  await engine.adoptMoments()
  engine.progress.step = iteration
  if (rate !== undefined) optimizer.learningRate = rate
}
