/** The state of training, taken between two steps and set again. */
import { ArgumentError } from '../errors.ts'
import { described, isRecord } from '../described.ts'
import { weightedLayers } from '../layers/weighted_layers.ts'
import type { Parameter } from '../parameter.ts'
import { snapshot } from '../plan/snapshot.ts'
import { sizeOf } from '../shape.ts'
import type { Engine, Luggage } from './engine.ts'
import type { TrainerState, Values } from './trainer_state.ts'

interface Parameters {
  /** By name: those that a state must have. */
  readonly weights: ReadonlyMap<string, Parameter>
  /** And those that it may have besides. */
  readonly frozen: ReadonlyMap<string, Parameter>
  readonly moments: ReadonlyMap<string, Parameter>
}

/** What a state holds values of, each parameter once. */
function parametersOf(engine: Engine): Parameters {
  const seen = new Set<Parameter>()
  const [weights, frozen, moments] = [new Map<string, Parameter>(), new Map<string, Parameter>(), new Map<string, Parameter>()]
  for (const { layer, path } of weightedLayers(engine.network)) {
    const changing = new Set(layer.changing)
    for (const w of layer.weights) {
      if (seen.has(w)) continue
      seen.add(w)
      ;(changing.has(w) ? weights : frozen).set(`${path}/${w.name}`, w)
      if (w.trainable) for (const m of engine.momentsOf(w)) moments.set(`${path}/${m.name}`, m)
    }
  }
  return { weights, frozen, moments }
}

/** A state, as `Engine.move` takes it. */
export function luggageOf(engine: Engine, { weights, moments, sums, epoch, step, position, seed }: TrainerState): Luggage {
  const all = parametersOf(engine)
  const tallied = position ? [...engine.tally.parameters].map((p): [string, Parameter] => [p.name, p]) : []
  const known = (parameters: Iterable<[string, Parameter]>, values: Values) =>
    [...parameters].flatMap(([name, p]): [Parameter, Float32Array<ArrayBuffer>][] => (name in values ? [[p, values[name]!]] : []))
  const values = new Map([...known([...all.weights, ...all.frozen], weights), ...known(all.moments, moments), ...known(tallied, sums)])
  return { values, progress: { epoch, step, position, seed } }
}

/** What has been asked for, and is on its way while training goes on. */
export interface Taken<T> {
  readonly value: Promise<T>
}

/** Names in front of values that come in one list. */
function named(names: readonly string[], values: readonly Float32Array<ArrayBuffer>[]): Values {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]))
}

/** Begins to take the state after the last step that was begun; training may go on when it settles. @throws DeviceError */
export function beginState(engine: Engine): Promise<Taken<TrainerState>> {
  return engine.betweenSteps(async () => {
    const progress = { ...engine.progress }
    const { weights, frozen, moments } = parametersOf(engine)
    await engine.adoptMoments()
    const { store } = engine
    const kept = new Map([...weights, ...[...frozen].filter(([, p]) => store.isChanged(p))])
    const tally = progress.position ? engine.tally : undefined
    const sums = [...(tally?.parameters ?? [])]
    const callbacks = engine.callbacks?.getState() ?? {}
    const { values } = await snapshot(store, [...kept.values(), ...moments.values(), ...sums])
    const state = values.then((all): TrainerState => {
      const [m, s] = [kept.size, kept.size + moments.size]
      return {
        ...progress,
        weights: named([...kept.keys()], all.slice(0, m)),
        moments: named([...moments.keys()], all.slice(m, s)),
        sums: named([...(tally?.sizes.keys() ?? [])], all.slice(s)),
        ...(Object.keys(callbacks).length && { callbacks }),
      }
    })
    state.catch(() => undefined)
    return { value: state }
  })
}

/** The state after the last step that was begun; where the device is lost, the last one that was kept. @throws DeviceError */
export async function takeState(engine: Engine): Promise<TrainerState> {
  if (engine.device.isLost && engine.kept) return engine.kept
  return (await beginState(engine)).value
}

/** The weights of the state after the last step that was begun. */
export async function readWeights(engine: Engine): Promise<Values> {
  const taken = await engine.betweenSteps(async () => {
    const { weights } = parametersOf(engine)
    const { values } = await snapshot(engine.store, [...weights.values()])
    return { value: values.then((all) => named([...weights.keys()], all)) }
  })
  return taken.value
}

/** Puts what readWeights gave. */
export function writeWeights(engine: Engine, values: Readonly<Record<string, Float32Array>>): Promise<void> {
  const { weights } = parametersOf(engine)
  return engine.betweenSteps(() => {
    for (const [name, p] of weights) if (values[name]) engine.store.write(p, values[name])
  })
}

/** @throws ArgumentError unless there are the values that are wanted, and none besides but those that may be */
function checkValues(
  what: string,
  given: unknown,
  sizes: ReadonlyMap<string, number>,
  may: ReadonlyMap<string, number> = new Map(),
): asserts given is Values {
  if (!isRecord(given)) throw new ArgumentError('fit', `state.${what} must be a record, got ${described(given)}`)
  for (const [name, size] of [...sizes, ...[...may].filter(([name]) => name in given)]) {
    const values = given[name]
    if (values instanceof Float32Array && values.length === size) continue
    const got = values instanceof Float32Array ? `${values.length} values` : described(values)
    throw new ArgumentError('fit', `state.${what} must have ${name}, a Float32Array of ${size} values, got ${got}`)
  }
  const stray = Object.keys(given).find((name) => !sizes.has(name) && !may.has(name))
  if (stray !== undefined) throw new ArgumentError('fit', `state.${what} must be of this model and its optimizer alone, got ${stray}`)
}

const sizesOf = (parameters: ReadonlyMap<string, Parameter>) => new Map([...parameters].map(([name, p]) => [name, sizeOf(p.shape)]))

/**
 * Puts the engine where a state was taken. What callbacks have counted is not touched.
 * @param state checked by checkState
 * @param count samples that are trained on. Default: not looked at
 * @throws ArgumentError for a state of another model or optimizer; nothing has changed then; DeviceError
 */
export async function setState(engine: Engine, state: TrainerState, count = Infinity): Promise<void> {
  const { weights, frozen, moments } = parametersOf(engine)
  const { epoch, step, position, seed } = state
  if (position > count) throw new ArgumentError('fit', `state.position must be among the ${count} samples, got ${position}`)
  checkValues('weights', state.weights, sizesOf(weights), sizesOf(frozen))
  checkValues('moments', state.moments, sizesOf(moments))
  checkValues('sums', state.sums, position ? engine.tally.sizes : new Map())
  await engine.betweenSteps(async () => {
    await engine.adoptMoments()
    for (const [name, p] of [...weights, ...frozen]) if (name in state.weights) engine.store.write(p, state.weights[name]!)
    for (const [name, p] of moments) engine.store.write(p, state.moments[name]!)
    if (position) engine.tally.write(engine.store, state.sums)
    Object.assign(engine.progress, { epoch, step, position, seed })
  })
}
