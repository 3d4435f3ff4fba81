/** What `compile` does, and what runs a compiled model. A page loads it when it first compiles one. */
import { ArgumentError } from '../errors.ts'
import { lazy } from '../lazy.ts'
import { isOpen } from '../layers/open_sizes.ts'
import type { Network } from '../layers/network.ts'
import { checkOptions } from '../options.ts'
import { formatShape } from '../shape.ts'
import { checkDevice, COMPILE_OPTIONS, type CompileOptions } from './compile_options.ts'
import { Engine } from './engine.ts'
import { predict } from './predict.ts'
import { predictGraph } from './predict_graph.ts'
import type { KeepingTrainer, trainerOf } from './trainer.ts'

/** A network on its device, and what is done with it there. */
export interface Compiled {
  readonly engine: Engine
  /** Of a model that does not only predict. */
  readonly trainer: KeepingTrainer | undefined
  readonly predict: typeof predict
}

/** Options of compile that make it more than a prediction's. */
const TRAINING_OPTIONS = ['optimizer', 'loss', 'lossWeights', 'metrics', 'weightedMetrics'] as const

/** @throws ArgumentError for a network of open sizes */
function warmUpGraph(network: Network, batch: number) {
  const open = network.inputs.find((t) => isOpen(t.shape))
  if (open) throw new ArgumentError('compile', `warmUpBatch needs inputs of known sizes, got ${formatShape(open.shape)}`)
  const pictures = network.inputs.map(() => 'u8' as const) // all that f32 needs, and what unpacks them
  return predictGraph(network, batch, pictures)
}

/**
 * See `Model.compile`.
 * @param of as `trainerOf`
 * @param engineBefore where the network is compiled already
 */
export async function compiled(
  network: Network,
  options: CompileOptions,
  of: Parameters<typeof trainerOf>[2],
  engineBefore: () => Engine | undefined,
): Promise<Compiled> {
  checkOptions('compile', options, COMPILE_OPTIONS)
  const { device, warmUpBatch, signal, onProgress } = options
  checkDevice('compile', device)
  const trains = TRAINING_OPTIONS.some((key) => options[key] !== undefined)
  const trainer = trains ? await (await lazy(import('./trainer.ts'))).trainerOf(network, options, of) : undefined
  const engine = new Engine(network, device, trainer)
  const warmUp = warmUpBatch === undefined ? undefined : warmUpGraph(network, warmUpBatch)
  const upload = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
  const before = engineBefore()
  if (!before || before.device === device) await engine.open(warmUp, upload)
  else {
    const { packed } = await lazy(import('./trainer.ts'))
    await before.betweenSteps(async () => engine.open(warmUp, { ...(await packed(before)), ...upload }))
  }
  try {
    await trainer?.restore(engine)
  } catch (error) {
    engine.close()
    throw error
  }
  return { engine, trainer, predict }
}
