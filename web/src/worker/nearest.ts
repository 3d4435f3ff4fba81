/** Training pictures that a network takes for alike: by the angle between what its last layer is given of each. */
import type { Device, Model, Tensor } from '../../../src/index.ts'
import type { Labelled, Near } from '../messages.ts'
import { Samples } from './pictures.ts'

/** Pictures that are looked at together, and how many are shown. */
const [TOGETHER, SHOWN] = [32, 3]

/** Rows of length 1; of nothing but zeros, as they are. */
function unit({ shape, data }: Tensor): Float32Array[] {
  const width = data.length / shape[0]!
  return Array.from({ length: shape[0]! }, (_, n) => {
    const row = Float32Array.from(data.subarray(n * width, (n + 1) * width))
    const length = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0))
    return length ? row.map((v) => v / length) : row
  })
}

/** Pictures by a network as it is now: when its weights change, it is to be made anew. */
export class Nearest {
  readonly #model: Model
  readonly #features: Model
  readonly #pictures: readonly Labelled[]
  readonly #rows: readonly Float32Array[]

  private constructor(model: Model, features: Model, pictures: readonly Labelled[], rows: readonly Float32Array[]) {
    this.#model = model
    this.#features = features
    this.#pictures = pictures
    this.#rows = rows
  }

  /** @param model on a device @throws DeviceError; ImageError for what cannot be decoded any more */
  static async of(model: Model, device: Device, pictures: readonly Labelled[], samples: Samples): Promise<Nearest> {
    const features = model.withoutTop()
    try {
      await features.compile({ device })
      const rows: Float32Array[] = []
      for (let i = 0; i < pictures.length; i += TOGETHER)
        rows.push(...unit(await features.predict((await samples.all(model, pictures.slice(i, i + TOGETHER))).x)))
      return new Nearest(model, features, pictures, rows)
    } catch (error) {
      features.dispose()
      throw error
    }
  }

  /** Whether it is about these pictures, in this order, and its device is there. */
  isOf(pictures: readonly Labelled[]): boolean {
    if (this.#features.device?.isLost) return false
    return pictures.length === this.#pictures.length && pictures.every(({ picture }, i) => picture.id === this.#pictures[i]!.picture.id)
  }

  /** The nearest first. @throws DeviceError */
  async to(picture: ImageBitmap): Promise<Near[]> {
    const [row] = unit(await this.#features.predict(await Samples.of(this.#model, picture))) as [Float32Array]
    const cosine = (other: Float32Array) => other.reduce((sum, v, i) => sum + v * row[i]!, 0)
    const all = this.#rows.map((other, i) => ({ id: this.#pictures[i]!.picture.id, similarity: cosine(other) }))
    return all.sort((a, b) => b.similarity - a.similarity).slice(0, SHOWN)
  }

  dispose(): void {
    this.#features.dispose()
  }
}
