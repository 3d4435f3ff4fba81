/** Why a model says what it says: what `explain` and `inputGradients` do. */
import { ArgumentError, DataError, ShapeError } from '../errors.ts'
import { described } from '../described.ts'
import type { Graph } from '../graph/graph.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import { checkOptions } from '../options.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import { keysOf, structured, type Structure } from '../structure.ts'
import { sampleSize, type Tensor } from '../tensor.ts'
import { batchesOf, feedOf } from './batches.ts'
import { once, type Engine } from './engine.ts'
import { flat, gradCamGraph, inputGradientsGraph, type Flat, type Score } from './explain_graph.ts'
import type { SampleTypes } from './predict_graph.ts'
import { sizeOfPicture } from './picture_axes.ts'
import { checkSamples, kindOf, typesOf, type Samples } from './inputs.ts'
import { engineOf, type AnyModel } from './model.ts'
import { outputsOf, predict, RUN_OPTIONS, type RunOptions } from './predict.ts'

/** Which score is explained. See {@link inputGradients}. */
export interface ScoreOptions extends RunOptions {
  /** Which class's score: one for all samples, or one for each. Default: each sample's best. */
  class?: number | readonly number[]
  /** Of a model with several outputs, which: its place in order. Default 0. */
  output?: number
  /**
   * Take the score before a softmax or sigmoid at the end, as Keras's example does: probabilities near 1 have gradients near 0. Default true; false
   * takes what the model gives.
   */
  logits?: boolean
}

/** Options of {@link explain}. */
export interface ExplainOptions extends ScoreOptions {
  /**
   * `gradcam` (default): where a layer saw what speaks for the class; `saliency`: by how much each pixel changes the score, the largest of its
   * channels (Simonyan et al. 2013); `gradTimesInput`: the same times the pixel, summed over its channels, without its sign.
   */
  method?: 'gradcam' | 'saliency' | 'gradTimesInput'
  /**
   * Grad-CAM only: a layer that gives [N,h,w,C], or [N,C,h,w] where channels come first, be it in a network in the model. Default: the last that has
   * more than one pixel.
   */
  layer?: string
  /** Grad-CAM only: height and width that the heat maps are resized to, bilinearly; true: those of the model's input. Default: the layer's own. */
  size?: readonly [height: number, width: number] | true
}

/** A heat map for each sample, [N,h,w], of 0 to 1: 1 is each map's largest; all 0 where nothing speaks for the class. See {@link explain}. */
export interface Explanation extends Tensor {
  /** 0 to 1, row by row. */
  readonly data: Float32Array
  /** The class of each. */
  readonly classes: readonly number[]
  /** The layer that was looked at; undefined where it was the pixels. */
  readonly layer: string | undefined
}

const SCORE_OPTIONS = { ...RUN_OPTIONS, class: 'any', output: 'any', logits: 'boolean' } as const

const METHODS: readonly unknown[] = ['gradcam', 'saliency', 'gradTimesInput']

/** What all of it works with. */
interface Work {
  readonly engine: Engine
  readonly of: Flat
  readonly samples: Samples
  readonly types: SampleTypes
  readonly score: Score
  readonly classes: readonly number[]
}

/** Checks everything that is not of `explain` alone, and finds the best classes where none are given. @throws ArgumentError, DataError, ShapeError */
async function begun(where: string, model: AnyModel, x: unknown, options: ScoreOptions): Promise<Work> {
  const engine = engineOf(model, where)
  const { output = 0, logits = true, batchSize, signal } = options
  const y = model.outputs[output]
  if (!y) throw new ArgumentError(where, `output must be a whole number from 0 to ${model.outputs.length - 1}, got ${described(output)}`)
  const classes = y.shape[1]
  if (y.shape.length !== 2) throw new ShapeError(where, `the model must give a score for each class, [N,K], got ${formatShape(y.shape)}`)
  const samples = checkSamples(where, x, model)
  const given = givenClasses(where, options.class, samples.count, classes!)
  const best = async () => {
    const options = { ...(batchSize !== undefined && { batchSize }), ...(signal && { signal }) }
    return bestOf((await predict(engine, x, options))[output]!)
  }
  const work = { engine, of: flat(samples.network), samples, types: typesOf(samples), score: { output, logits } }
  return { ...work, classes: given ?? (await best()) }
}

/** A class for each sample. @throws ArgumentError, DataError */
function givenClasses(where: string, given: unknown, count: number, classes: number): readonly number[] | undefined {
  if (given === undefined) return undefined
  const list: readonly unknown[] = Array.isArray(given) ? given : Array<unknown>(count).fill(given)
  if (list.length !== count) throw new DataError(where, `class must be one, or one for each of ${count} samples, got ${list.length}`)
  const wrong = list.find((k) => !Number.isInteger(k) || (k as number) < 0 || (k as number) >= classes)
  if (wrong !== undefined) throw new ArgumentError(where, `class must be a whole number from 0 to ${classes - 1}, got ${described(wrong)}`)
  return list as readonly number[]
}

function bestOf({ shape, data }: Tensor): number[] {
  const K = shape[1]!
  return Array.from({ length: shape[0]! }, (_, n) => {
    let best = 0
    for (let k = 1; k < K; k++) if (data[n * K + k]! > data[n * K + best]!) best = k
    return best
  })
}

/** Runs a graph over the samples. @param key tells it from others of the model */
async function run(
  { engine, samples, types, score, classes, of }: Work,
  where: string,
  key: string,
  build: (batch: number) => Graph,
  outputs: Readonly<Record<string, Shape>>,
  { batchSize, signal, onProgress }: RunOptions,
): Promise<Record<string, Tensor>> {
  const name = `${where} ${key} of ${score.output} ${score.logits} for ${kindOf({ network: of.network, types })}`
  const built = once(build)
  const batch = engine.fittingBatch(name, batchSize, samples.count, built)
  const K = of.outputs[score.output]!.shape[1]!
  const chosen = new Float32Array(samples.count * K)
  classes.forEach((k, n) => (chosen[n * K + k] = 1))
  const rows = { classes: { shape: [samples.count, K], data: chosen } }
  const batches = batchesOf(feedOf(samples, rows), batch)
  const pass = { batches, count: samples.count, batchSize: batch, signal, onBatch: (done: number) => onProgress?.(done, samples.count) }
  return engine.prediction(
    `${name} by ${batch}`,
    () => built(batch),
    (plan) => outputsOf(plan, outputs, pass),
  )
}

function gradientsOf(work: Work, where: string, times: boolean, options: RunOptions): Promise<Record<string, Tensor>> {
  const shapes = work.samples.tensors.map(({ shape }, i) => [`dx${i}`, shape.slice(1)] as const)
  const build = (n: number) => inputGradientsGraph(work.of, work.score, times, n, work.types)
  return run(work, where, times ? 'times input' : 'by input', build, Object.fromEntries(shapes), options)
}

/** See explain.ts. */
export async function inputGradients<X extends Structure<Tensor>>(model: AnyModel, x: X, options: ScoreOptions = {}): Promise<X> {
  checkOptions('inputGradients', options, SCORE_OPTIONS)
  const work = await begun('inputGradients', model, x, options)
  const found = Object.values(await gradientsOf(work, 'inputGradients', false, options))
  const byName = () => Object.fromEntries(model.inputNames.map((name, i) => [name, found[i]!]))
  return (keysOf(x) ? byName() : structured(x, found)) as X
}

/** See explain.ts. */
export async function explain(model: AnyModel, x: Structure<Tensor>, options: ExplainOptions = {}): Promise<Explanation> {
  checkOptions('explain', options, { ...SCORE_OPTIONS, method: 'any', layer: 'any', size: 'any' })
  const { method = 'gradcam', layer, size } = options
  if (!METHODS.includes(method)) throw new ArgumentError('explain', `method must be one of ${METHODS.join(', ')}, got ${described(method)}`)
  if (method !== 'gradcam' && (layer !== undefined || size !== undefined))
    throw new ArgumentError('explain', `layer and size are for gradcam, got them for ${method}`)
  const work = await begun('explain', model, x, options)
  return method === 'gradcam' ? gradCam(work, options) : byPixels(work, method, options)
}

/** The layer to look at. @throws ArgumentError, ShapeError */
function layerOf({ tensors, network, first }: Flat, name: string | undefined): SymbolicTensor {
  const isMap = (t: SymbolicTensor) => t.shape.length === 4 && sizeOf(sizeOfPicture(t.shape, first.has(t))) > 1
  const named = name === undefined ? undefined : tensors.find((t) => t.layer.name === name)
  if (name !== undefined && !named) network.getLayer(name) // which says that there is none
  const found = named ?? tensors.findLast((t) => isMap(t) && t.inputs.length > 0)
  if (found?.shape.length === 4 && found.inputs.length) return found
  const got = found ? `${found.layer.name} with ${formatShape(found.shape)}` : 'none in the model'
  throw new ShapeError('explain', `gradcam needs a layer that gives pictures, [N,h,w,C] or [N,C,h,w], got ${got}`)
}

/** @throws ArgumentError */
function sizeFor({ network, first }: Flat, size: ExplainOptions['size']): readonly [number, number] | undefined {
  if (size === true) {
    const { shape } = network.input
    if (shape.length !== 4) throw new ShapeError('explain', `size true is for a model of pictures, got ${formatShape(shape)}`)
    return sizeOfPicture(shape, first.has(network.input))
  }
  const fits = size === undefined || (Array.isArray(size) && size.length === 2 && size.every((n) => Number.isInteger(n) && n > 0))
  if (!fits) throw new ArgumentError('explain', `size must be true or two positive whole numbers, got ${described(size)}`)
  return size
}

async function gradCam(work: Work, options: ExplainOptions): Promise<Explanation> {
  const { of, score, types, classes } = work
  const layer = layerOf(of, options.layer)
  const size = sizeFor(of, options.size)
  const build = (n: number) => gradCamGraph(of, layer, score, size, n, types)
  const shapes = { heat: [...sizeOfPicture(layer.shape, of.first.has(layer)), 1], ...(size && { sized: [...size, 1] }) }
  const { heat, sized } = await run(work, 'explain', `gradcam at ${layer.layer.name} ${String(size)}`, build, shapes, options)
  const [N, h, w] = (sized ?? heat)!.shape as [number, number, number]
  // Resized, a map may miss its own peak: the largest is that of the layer's own size.
  return { shape: [N, h, w], data: normalized(sized ?? heat!, heat!), classes, layer: layer.layer.name }
}

/** Each sample divided by the largest of `by`. */
function normalized({ shape, data }: Tensor, by: Tensor): Float32Array {
  const [row, other] = [sampleSize(shape), sampleSize(by.shape)]
  const made = new Float32Array(data.length)
  for (let n = 0; n < shape[0]!; n++) {
    let most = 0
    for (let i = n * other; i < (n + 1) * other; i++) most = Math.max(most, by.data[i]!)
    for (let i = n * row; i < (n + 1) * row; i++) made[i] = most > 0 ? data[i]! / most : 0
  }
  return made
}

async function byPixels(work: Work, method: 'saliency' | 'gradTimesInput', options: ExplainOptions): Promise<Explanation> {
  const { network, first } = work.of
  const { inputs } = network
  const [shape] = inputs.map((t) => t.shape)
  if (inputs.length !== 1 || shape!.length !== 4)
    throw new ShapeError(
      'explain',
      `${method} needs a model of pictures, [N,H,W,C] or [N,C,H,W], alone, got ${inputs.map((t) => formatShape(t.shape)).join(' and ')}`,
    )
  const { dx0 } = await gradientsOf(work, 'explain', method === 'gradTimesInput', options)
  const isFirst = first.has(network.input)
  const [N, C] = [dx0!.shape[0]!, dx0!.shape[isFirst ? 1 : 3]!]
  const [H, W] = sizeOfPicture(dx0!.shape, isFirst)
  const step = isFirst ? H * W : 1 // from a channel to the next
  const data = new Float32Array(N * H * W)
  for (let i = 0; i < data.length; i++) {
    const begin = isFirst ? i + Math.floor(i / step) * (C - 1) * step : i * C
    let [most, sum] = [0, 0]
    for (let c = 0; c < C; c++) {
      const d = dx0!.data[begin + c * step]!
      most = Math.max(most, Math.abs(d))
      sum += d
    }
    data[i] = method === 'saliency' ? most : Math.abs(sum)
  }
  const map = { shape: [N, H, W], data }
  return { shape: map.shape, data: normalized(map, map), classes: work.classes, layer: undefined }
}
