/** The state of training as data: taken between two steps, kept anywhere, and set again. */
import { ArgumentError } from '../errors.ts'
import { described, isRecord } from '../described.ts'
import { weightedLayers, type Network } from '../layers/network.ts'
import type { Parameter } from '../parameter.ts'
import { sizeOf } from '../shape.ts'
import type { Engine, Progress } from './engine.ts'

type Values = Readonly<Record<string, Float32Array>>

/**
 * All that training has changed, as a plain object: to be kept in memory, sent to a worker, or stored (`structuredClone`, IndexedDB). Frozen
 * weights are not in it: they are where they came from.
 */
export interface TrainerState extends Readonly<Progress> {
  /** What training changes, trainable weights and moving statistics, by the path of their layer: `predictions/kernel`, within a nested model `trunk/conv1/kernel`. */
  readonly weights: Values
  /** The optimizer's state of these weights: `predictions/kernel/momentum`. */
  readonly moments: Values
  /** Running sums of the loss and the metrics over the samples of the current epoch. */
  readonly sums: Values
}

const COUNTS = ['epoch', 'step', 'position', 'seed'] as const

/** What training changes, each weight once, with their layers' paths. */
function changing(network: Network): [path: string, weight: Parameter][] {
  const seen = new Set<Parameter>()
  return weightedLayers(network).flatMap(({ layer, path }) =>
    layer.changing.flatMap((w): [string, Parameter][] => {
      if (seen.has(w)) return []
      seen.add(w)
      return [[path, w]]
    }),
  )
}

/** What the state holds values of, by name. */
function parametersOf(engine: Engine): { weights: Map<string, Parameter>; moments: Map<string, Parameter> } {
  const all = changing(engine.network)
  const trainable = all.filter(([, w]) => w.trainable)
  return {
    weights: new Map(all.map(([path, w]) => [`${path}/${w.name}`, w])),
    moments: new Map(trainable.flatMap(([path, w]) => engine.momentsOf(w).map((m) => [`${path}/${m.name}`, m]))),
  }
}

async function read(engine: Engine, parameters: ReadonlyMap<string, Parameter>): Promise<Values> {
  const values: Record<string, Float32Array> = {}
  for (const [name, p] of parameters) values[name] = await engine.store.read(p)
  return values
}

/** The state after the last step that was begun. @throws DeviceError */
export function takeState(engine: Engine): Promise<TrainerState> {
  return engine.betweenSteps(async () => {
    const progress = { ...engine.progress }
    const { weights, moments } = parametersOf(engine)
    await engine.adoptMoments()
    return {
      ...progress,
      weights: await read(engine, weights),
      moments: await read(engine, moments),
      sums: progress.position ? await engine.tally.read(engine.store) : {},
    }
  })
}

/** @throws ArgumentError unless there are exactly the values that are wanted */
function checkValues(what: string, given: unknown, sizes: ReadonlyMap<string, number>): asserts given is Values {
  if (!isRecord(given)) throw new ArgumentError('fit', `state.${what} must be a record, got ${described(given)}`)
  for (const [name, size] of sizes) {
    const values = given[name]
    if (values instanceof Float32Array && values.length === size) continue
    const got = values instanceof Float32Array ? `${values.length} values` : described(values)
    throw new ArgumentError('fit', `state.${what} must have ${name}, a Float32Array of ${size} values, got ${got}`)
  }
  const stray = Object.keys(given).find((name) => !sizes.has(name))
  if (stray !== undefined) throw new ArgumentError('fit', `state.${what} must be of this model and its optimizer alone, got ${stray}`)
}

const sizesOf = (parameters: ReadonlyMap<string, Parameter>) => new Map([...parameters].map(([name, p]) => [name, sizeOf(p.shape)]))

/** @throws ArgumentError for what is no state, of whatever model */
export function checkState(state: unknown): asserts state is TrainerState {
  if (!isRecord(state)) throw new ArgumentError('fit', `state must be what trainerState gave, got ${described(state)}`)
  for (const key of COUNTS) {
    const value = state[key]
    if (!Number.isInteger(value) || (key !== 'seed' && (value as number) < 0))
      throw new ArgumentError('fit', `state.${key} must be a whole number from 0, got ${described(value)}`)
  }
}

/**
 * Puts the engine where a state was taken.
 * @param count samples that are trained on
 * @param state checked by checkState
 * @throws ArgumentError for a state of another model or optimizer; nothing has changed then; DeviceError
 */
export async function setState(engine: Engine, state: TrainerState, count: number): Promise<void> {
  const parameters = parametersOf(engine)
  const { epoch, step, position, seed } = state
  if (position > count) throw new ArgumentError('fit', `state.position must be among the ${count} samples, got ${position}`)
  checkValues('weights', state.weights, sizesOf(parameters.weights))
  checkValues('moments', state.moments, sizesOf(parameters.moments))
  checkValues('sums', state.sums, position ? engine.tally.sizes : new Map())
  await engine.betweenSteps(async () => {
    await engine.adoptMoments()
    for (const [name, p] of parameters.weights) engine.store.write(p, state.weights[name]!)
    for (const [name, p] of parameters.moments) engine.store.write(p, state.moments[name]!)
    if (position) engine.tally.write(engine.store, state.sums)
    Object.assign(engine.progress, { epoch, step, position, seed })
  })
}
