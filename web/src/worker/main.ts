/** The engine's side of the page: one network that is taught, and one file that is looked at. */
import { ArgumentError, adapterLabel, DataError, explain } from '../../../src/index.ts'
import type { Change, Cost, Engine, Guess, Labelled, Near, Seen, Told, TrainOptions, TrainResult } from '../messages.ts'
import { serve, tell } from '../rpc.ts'
import { changed } from './augment.ts'
import { Look } from './look/look.ts'
import { Nearest } from './nearest.ts'
import { demoPictures, Samples, takePictures } from './pictures.ts'
import { Session } from './session.ts'
import { MEASURED, measureCost, TrainingRun } from './training.ts'
import { listZip, pack, unpack } from './zip.ts'

const session = new Session()
const samples = new Samples()
const look = new Look(() => session.device())
let run: TrainingRun | undefined
let near: Nearest | undefined
let last: Promise<unknown> = Promise.resolve()

/** What uses the model does so one after the other: one builds it anew, another measures, a third predicts. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = last.then(work)
  last = mine.catch(() => {})
  return mine
}

/** As `inTurn`, of what changes the network or its weights. */
function changing<T>(work: () => Promise<T>): Promise<T> {
  return inTurn(() => {
    near?.dispose()
    near = undefined
    return work()
  })
}

const say = (message: Told): void => tell(message)

function trained(): TrainingRun {
  if (run) return run
  throw new ArgumentError('teach', 'nothing has been trained yet: press Train')
}

/** @throws DataError for what is no probability */
function checked(probabilities: readonly number[]): readonly number[] {
  if (probabilities.every(Number.isFinite)) return probabilities
  throw new DataError('network', `probabilities must be numbers, got ${probabilities.join(', ')}: its weights have become too large`)
}

/** What the model says of one picture, a square, and where it looks. @throws DataError where it says no numbers */
async function see(picture: ImageBitmap, heat: boolean): Promise<Seen> {
  const model = await session.ready()
  const x = await Samples.of(model, picture).finally(() => picture.close())
  const y = await model.predict(x)
  const probabilities = checked([...y.data])
  if (!heat) return { probabilities }
  const { shape, data } = await explain(model, x, { class: probabilities.indexOf(Math.max(...probabilities)), size: true })
  return { probabilities, heat: { height: shape[1]!, width: shape[2]!, data } }
}

async function nearest(picture: ImageBitmap, pictures: readonly Labelled[]): Promise<readonly Near[]> {
  try {
    const model = await session.ready()
    const device = await session.device()
    if (near && !near.isOf(pictures)) {
      near.dispose()
      near = undefined
    }
    near ??= await Nearest.of(model, device, pictures, samples)
    return await near.to(picture)
  } finally {
    picture.close()
  }
}

/** Trains, and tells how it goes. */
async function train(run: TrainingRun, options: TrainOptions): Promise<TrainResult> {
  const model = await session.whole()
  const data = await samples.all(model, options.train)
  const validation = options.validation.length ? await samples.all(model, options.validation) : undefined
  return run.run(model, await session.device(), data, validation, options)
}

async function measure(pictures: readonly Labelled[], batchSize: number, augment: readonly Change[]): Promise<Cost> {
  const model = await session.whole()
  const data = await samples.all(model, pictures.slice(0, MEASURED))
  return measureCost(model, await session.device(), data, batchSize, augment)
}

/** What it says of each. @throws DataError where it says no numbers */
async function judge(pictures: readonly Labelled[]): Promise<Guess[]> {
  const model = await session.ready()
  const { shape, data } = await model.predict((await samples.all(model, pictures)).x)
  const K = shape[1]!
  return pictures.map(({ picture: { id } }, n) => ({ id, probabilities: checked([...data.subarray(n * K, (n + 1) * K)]) }))
}

const engine: Engine = {
  async start() {
    return { label: adapterLabel((await session.device()).gpu.adapterInfo) }
  },
  openTrunk: (choice) => changing(() => session.open(choice, (loaded, total) => say({ type: 'bytes', loaded, total }))),
  plan: (plan) => changing(() => Promise.resolve(session.plan(plan))),
  measure: (pictures, batchSize, augment) => inTurn(() => measure(pictures, batchSize, augment)),
  preview: (pictures, augment, seed) =>
    inTurn(async () => changed(await samples.list(session.model, pictures), augment, await session.device(), seed)),
  train(options) {
    const mine = (run = new TrainingRun(say)) // which may be paused and stopped before it is its turn
    return changing(() => train(mine, options))
  },
  control: (what) => Promise.resolve(trained().control(what)),
  restoreBest: () =>
    changing(async () => {
      await session.whole()
      await trained().restoreBest()
    }),
  judge: (pictures) => inTurn(() => judge(pictures)),
  see: (picture, heat) => inTurn(() => see(picture, heat)),
  nearest: (picture, pictures) => inTurn(() => nearest(picture, pictures)),
  save: (format) => inTurn(async () => (await session.whole()).save(format, { includeOptimizer: false }).blob()),
  saveWeights: () => inTurn(() => session.saveWeights()),
  loadWeights: (file) => changing(() => session.loadWeights(file)),
  take: takePictures,
  listZip,
  pack,
  unpack,
  demo: demoPictures,
  look: (files) => look.look(files),
  letGo: (file) => look.letGo(file),
  layer: (file, path) => look.layer(file, path),
  histogram: (file, key) => look.histogram(file, key),
  walk: (file, picture, pixels) => look.walk(file, picture, pixels),
  maps: (file, path, first, count) => look.maps(file, path, first, count),
  compare: (a, b) => look.compare(a, b),
  compareWeight: (a, b, weight) => look.compareWeight(a, b, weight),
  convert: (file, format) => look.convert(file, format),
}

serve<Engine>(engine)
