/** A picture that goes through a network, and what each layer makes of it. */
import { ArgumentError, Model, topK, type Device, type Tensor } from '../../../../src/index.ts'
import type { Layer, SymbolicTensor } from '../../../../src/layers/layer.ts'
import { unrolled } from '../../../../src/layers/unrolled.ts'
import { formatShape } from '../../../../src/shape.ts'
import { channelsFirstBehind, inputFirst } from '../../../../src/training/picture_axes.ts'
import { onHost } from '../../../../src/training/pictures.ts'
import type { FeatureMap, LookMaps, LookWalk } from '../../look_messages.ts'
import type { Pixels } from '../../pixels.ts'
import { histogramOf } from './histogram.ts'

/** Height and width where the network leaves them open. */
const OPEN_SIZE = 224
const BEST = 5

interface PictureInput {
  readonly first: boolean
  readonly size: readonly [height: number, width: number]
  readonly channels: 1 | 3
}

/** @throws ArgumentError unless the network takes one picture */
function pictureInput(model: Model): PictureInput {
  const { shape } = model.inputs[0]!
  const first = inputFirst(model) === true
  const [height, width, channels] = first ? [shape[2], shape[3], shape[1]] : [shape[1], shape[2], shape[3]]
  if (model.inputs.length === 1 && shape.length === 4 && (channels === 1 || channels === 3))
    return { first, size: [height ?? OPEN_SIZE, width ?? OPEN_SIZE], channels }
  const got = model.inputs.map((t) => formatShape(t.shape)).join(' and ')
  throw new ArgumentError(model.name, `a picture goes through networks that take one, in grey or RGB, got inputs ${got}`)
}

/** [1,H,W,C] to [1,C,H,W]. */
function channelsToFront({ shape, data }: Tensor): Tensor {
  const [, H, W, C] = shape as [number, number, number, number]
  const turned = new Float32Array(data.length)
  for (let c = 0; c < C; c++) for (let p = 0; p < H * W; p++) turned[c * H * W + p] = data[p * C + c]!
  return { shape: [1, C, H, W], data: turned }
}

/** A channel in grey. @param stride from each of its values to the next */
function greyOf(data: Tensor['data'], begin: number, stride: number, count: number): FeatureMap {
  let [least, most] = [Infinity, -Infinity]
  for (let i = 0; i < count; i++) {
    const value = data[begin + i * stride]!
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  const scale = 255 / (most - least || 1)
  const pixels = new Uint8ClampedArray(count)
  for (let i = 0; i < count; i++) pixels[i] = (data[begin + i * stride]! - least) * scale
  return { least, most, pixels }
}

/** What a layer gave. @param first whether channels come first */
async function mapsOf({ shape, data }: Tensor, first: boolean, from: number, count: number): Promise<LookMaps> {
  const own = shape.slice(1)
  const read = (begin: number, end: number) => Promise.resolve(Float32Array.from(data.subarray(begin, end)))
  const values = await histogramOf({ shape, source: { shape, read } })
  if (own.length !== 3) return { shape: own, values, channels: 0, height: 0, width: 0, maps: [] }
  const [height, width, channels] = (first ? [own[1], own[2], own[0]] : own) as [number, number, number]
  const area = height * width
  const asked = Array.from({ length: Math.max(0, Math.min(count, channels - from)) }, (_, i) => from + i)
  const maps = asked.map((c) => (first ? greyOf(data, c * area, 1, area) : greyOf(data, c, channels, area)))
  return { shape: own, values, channels, height, width, maps }
}

/** Values are read back of the layers that are looked at, and of no other. */
export class Walk {
  readonly #model: Model
  readonly #device: Device
  readonly #x: Tensor
  readonly #input: SymbolicTensor
  readonly #tensors = new Map<Layer, SymbolicTensor>()
  readonly #first: ReadonlySet<SymbolicTensor>
  readonly #size: readonly [number, number]
  /** All of the network, which keeps the weights on the device. */
  readonly #whole: Model
  /** What was looked at last, since more of it may be asked for. */
  #last: { readonly layer: Layer; readonly y: Tensor } | undefined

  private constructor(model: Model, device: Device, x: Tensor, { first, size, channels }: PictureInput) {
    this.#model = model
    this.#device = device
    this.#size = size
    this.#x = first ? channelsToFront(x) : x
    const sized = model.at([first ? [null, channels, ...size] : [null, ...size, channels]])
    this.#input = sized.inputs[0]!
    const outputs = unrolled(sized, sized.inputs, {}, (layer, [t]) => {
      if (!this.#tensors.has(layer)) this.#tensors.set(layer, t!)
    })
    this.#tensors.set(model.inputs[0]!.layer, this.#input) // another layer of its name where a size was open
    this.#first = channelsFirstBehind(outputs)
    this.#whole = this.#until(outputs[0]!)
  }

  /** @throws ArgumentError for a network that takes no picture; FileError for what is no picture; WeightsError, DeviceError */
  static async of(model: Model, device: Device, picture: Blob, pixels: Pixels): Promise<Walk> {
    const input = pictureInput(model)
    const spec = { interpolation: 'bilinear', ...model.pictures, size: input.size, preprocess: pixels } as const
    const x = await onHost({ ...spec, colorMode: input.channels === 1 ? 'grayscale' : 'rgb' }, undefined)(picture)
    const walk = new Walk(model, device, x, input)
    try {
      await walk.#whole.compile({ device })
    } catch (error) {
      walk.dispose()
      throw error
    }
    return walk
  }

  #until(outputs: SymbolicTensor): Model {
    return new Model({ inputs: this.#input, outputs, name: this.#model.name })
  }

  /** What the network says of the picture. */
  async best(): Promise<LookWalk> {
    const y = await this.#whole.predict(this.#x)
    const size = this.#size
    const broken = !y.data.every(Number.isFinite)
    if (y.shape.length !== 2 || y.data.some((p) => !(p >= 0 && p <= 1))) return { size, best: [], broken } // no probabilities of classes
    const count = y.shape[1]!
    const nameOf = (k: number) => {
      const n = count === 1 ? 1 : k // one score is that of the second class
      return this.#model.classNames?.[n] ?? `class ${n}`
    }
    const { values, indices } = topK(y, Math.min(BEST, count))
    return { size, broken, best: indices[0]!.map((k, i) => ({ name: nameOf(k), value: values[0]![i]! })) }
  }

  /** @throws ArgumentError for a network in the network, whose layers can be looked at; DeviceError */
  async maps(layer: Layer, first: number, count: number): Promise<LookMaps> {
    const t = this.#tensors.get(layer)!
    if (this.#last?.layer !== layer) this.#last = { layer, y: t === this.#input ? this.#x : await this.#valuesOf(t) }
    return mapsOf(this.#last.y, this.#first.has(t), first, count)
  }

  async #valuesOf(t: SymbolicTensor): Promise<Tensor> {
    const part = this.#until(t)
    try {
      await part.compile({ device: this.#device })
      return await part.predict(this.#x)
    } finally {
      part.dispose()
    }
  }

  dispose(): void {
    this.#whole.dispose()
  }
}
