/** An optimizer's state as Keras keeps it in files: which variables there are, and in which order. */
import type { ReadWeight } from '../loaders/keras/keras_file.ts'
import type { TrainingToWrite, WeightToWrite } from '../loaders/keras/writer.ts'
import type { Network } from '../layers/network.ts'
import { weightedLayers } from '../layers/weighted_layers.ts'
import type { Parameter } from '../parameter.ts'
import type { Engine } from './engine.ts'
import type { KerasOptimizer } from './optimizers/optimizer.ts'
import type { SavedCriteria } from './saved_criteria.ts'

/** With the path of its layer. */
export type TrainableWeight = readonly [path: string, weight: Parameter]

/** Trainable weights, each once. */
export function trainable(network: Network): TrainableWeight[] {
  const all = weightedLayers(network).flatMap(({ layer, path }) => layer.weights.map((w): [string, Parameter] => [path, w]))
  const first = new Map(all.filter(([, w]) => w.trainable).map(([path, w]) => [w, path]))
  return [...first].map(([w, path]): TrainableWeight => [path, w])
}

/**
 * State in Keras's order: group by group, in each weight by weight.
 * @param order another one, as older Kerases have it
 */
export function stateOf(
  engine: Engine,
  { slots, groups: own }: KerasOptimizer,
  { groups = own, weights = trainable(engine.network) }: { groups?: KerasOptimizer['groups']; weights?: readonly TrainableWeight[] } = {},
): { name: string; parameter: Parameter; weight: Parameter }[] {
  return groups.flatMap((group) =>
    weights.flatMap(([path, w]) =>
      group.map((at) => ({
        name: `${path}/${w.name}/${slots[at]!}`.replaceAll('/', '_'),
        parameter: engine.momentsOf(w)[at]!,
        weight: w,
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
