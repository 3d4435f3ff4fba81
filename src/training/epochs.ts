/** Epochs: passes of steps, each with its validation. */
import type { Plan } from '../plan/plan.ts'
import { readScores, runEvaluation, type Scores } from './evaluate.ts'
import type { EpochLog, FitOptions, FitProgress, Settings, TrainingEngine } from './fit_options.ts'
import type { Tally } from './metrics/index.ts'
import { runPass } from './pass.ts'
import type { Source } from './sources.ts'
import type { Steps } from './steps.ts'

/** What a validation runs. */
export interface Validation {
  readonly plan: Plan
  readonly tally: Tally
  readonly source: Source
}

/** What the epochs run. */
export interface Epochs {
  readonly steps: Steps
  readonly source: Source
  readonly validation: Validation | undefined
  /** When `fit` began. */
  readonly started: number
}

export const firstEpoch = ({ state }: FitOptions): number => state?.epoch ?? 0

/** Gives what tells of the progress of a phase. */
export function reporter({ onProgress }: FitOptions, { epochs }: Settings) {
  return (phase: FitProgress['phase'], epoch: number, total: number) => (done: number) =>
    onProgress?.({ phase, epoch, epochs, done, total })
}

export async function trainEpochs(engine: TrainingEngine, job: Epochs, options: FitOptions, settings: Settings): Promise<EpochLog[]> {
  const { batchSize, epochs } = settings
  const { steps, source, validation, started } = job
  const { signal } = options
  const report = reporter(options, settings)
  const first = firstEpoch(options)
  const log: EpochLog[] = []
  for (let epoch = first; epoch < epochs; epoch++) {
    const since = epoch === first ? started : performance.now()
    const scores = await trainEpoch(engine, steps, source, settings, signal, report('train', epoch, source.count))
    const [logs, details] = [{ ...scores.logs }, { ...scores.details }]
    if (validation) {
      const { count } = validation.source
      const pass = { batches: validation.source.batches({ batchSize }), batchSize, signal, onBatch: report('validate', epoch, count) }
      const found = await runEvaluation('fit', engine, validation, pass)
      for (const [name, value] of Object.entries(found.logs)) logs[`val_${name}`] = value
      for (const [name, value] of Object.entries(found.details)) details[`val_${name}`] = value
    }
    await engine.betweenSteps(() => Object.assign(engine.progress, { epoch: engine.progress.epoch + 1, position: 0 }))
    const seconds = (performance.now() - since) / 1000
    const entry = { epoch, logs, ...(Object.keys(details).length && { details }), seconds }
    log.push(entry)
    options.onEpochEnd?.(entry)
  }
  return log
}

/** Trains on from the engine's position to the end of its epoch. */
async function trainEpoch(
  engine: TrainingEngine,
  steps: Steps,
  source: Source,
  { batchSize, shuffle, seed }: Settings,
  signal: AbortSignal | undefined,
  onBatch: (done: number) => void,
): Promise<Scores> {
  const { progress, tally, store } = engine
  const from = progress.position
  if (!from) await engine.betweenSteps(() => tally.write(store))
  await runPass({
    batches: source.batches({ batchSize, from, ...(shuffle && { shuffle: { seed, epoch: progress.epoch } }) }),
    signal,
    start: async (batch) => {
      const started = await steps.start(batch)
      onBatch(batch.done) // not when it is done: a state that is taken now, or a training that is stopped, is that after this step
      return started
    },
  })
  return readScores('fit', engine, tally)
}
