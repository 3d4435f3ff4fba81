/** What page and worker tell each other. */
import type { LookEngine } from './look_messages.ts'
import type { Pixels } from './pixels.ts'

/** Where a network comes from. */
export type TrunkChoice =
  | { readonly kind: 'builtin' }
  | { readonly kind: 'official'; readonly name: OfficialName }
  | { readonly kind: 'file'; readonly files: readonly File[] }
  | { readonly kind: 'url'; readonly url: string }

/** Networks whose official weights are downloaded, without their classifiers. */
export type OfficialName = 'vgg16' | 'resnet50' | 'inceptionV3'

/** Layers of a network between two places through which all that is computed goes. */
export interface Block {
  /** Of its last layer. */
  readonly name: string
  readonly first: string
  readonly layers: number
  readonly parameters: number
  /** [height, width, channels] of what it gives. */
  readonly shape: readonly (number | null)[]
}

export interface TrunkInfo {
  readonly name: string
  readonly parameters: number
  /** [height, width, channels] */
  readonly input: readonly number[]
  readonly pixels: Pixels
  readonly blocks: readonly Block[]
}

/** How a network is to be taught. */
export interface TeachPlan {
  readonly classNames: readonly string[]
  /** How many blocks are frozen, from the first; at most `cut`. */
  readonly frozen: number
  /** How many blocks are used. */
  readonly cut: number
  /** All from random weights instead of the network's own. */
  readonly fresh: boolean
  readonly pixels: Pixels
}

export interface PlanInfo {
  readonly trains: number
  readonly total: number
  readonly kind: 1 | 2 | 3 | 4
  readonly why: string
  readonly advice: string
  /** For Adam. */
  readonly learningRate: number
}

/** A picture by the id that the browser keeps it by. */
export interface KeptPicture {
  readonly id: string
  /** Where the browser does not keep it. */
  readonly blob?: Blob | undefined
}

/** A picture, and the number of its class. */
export interface Labelled {
  readonly picture: KeptPicture
  readonly label: number
}

/** How pictures can be changed, by chance, while a network trains. */
export type Change = 'flip' | 'turn' | 'zoom' | 'shift' | 'brightness' | 'contrast'

/** RGBA. */
export interface Pixmap {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

export interface TrainOptions {
  readonly train: readonly Labelled[]
  readonly validation: readonly Labelled[]
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  /** How pictures are changed while it trains. */
  readonly augment: readonly Change[]
  /** Where a training that was interrupted goes on, as `kept` told. */
  readonly state?: Blob
}

/** Seconds, measured. */
export interface Cost {
  /** Of the frozen part, once for each picture. */
  readonly trunkPerPicture: number
  /** Of what trains, for each picture in every epoch. */
  readonly epochPerPicture: number
  /** How many pictures it was measured with. */
  readonly pictures: number
}

export interface EpochReport {
  /** From 1. */
  readonly epoch: number
  readonly loss: number
  readonly accuracy: number
  readonly valLoss?: number
  readonly valAccuracy?: number
  readonly learningRate: number
  readonly seconds: number
}

export interface TrainResult {
  readonly epochs: readonly EpochReport[]
  /** The epoch with the least loss in validation; 0 where there is none. */
  readonly best: number
}

export interface Guess {
  readonly id: string
  readonly probabilities: readonly number[]
}

export interface Seen {
  readonly probabilities: readonly number[]
  /** Grad-CAM of the best class, 0..1. */
  readonly heat?: { readonly width: number; readonly height: number; readonly data: Float32Array }
}

/** A picture in a zip archive. */
export interface ZippedPicture {
  /** With its folder. */
  readonly path: string
  readonly zip: File
  /** Which archive it is, by the number that its list had. */
  readonly archive: number
  /** Where it is there, as the worker has listed it. */
  readonly member: unknown
}

/** A training picture that is like another one. */
export interface Near {
  readonly id: string
  /** The cosine of the angle between what the network's last layer is given of both: at most 1. */
  readonly similarity: number
}

/** A picture as the project keeps it: square, at most 256 pixels wide. */
export type Taken =
  { readonly ok: true; readonly blob: Blob; readonly hash: string } | { readonly ok: false; readonly name: string; readonly why: string }

/** What the worker can be asked for. */
export interface Engine extends LookEngine {
  start(): Promise<{ readonly label: string }>
  openTrunk(choice: TrunkChoice): Promise<TrunkInfo>
  plan(plan: TeachPlan): Promise<PlanInfo>
  measure(pictures: readonly Labelled[], batchSize: number, augment: readonly Change[]): Promise<Cost>
  preview(pictures: readonly Labelled[], augment: readonly Change[], seed: number): Promise<readonly Pixmap[]>
  train(options: TrainOptions): Promise<TrainResult>
  control(what: 'pause' | 'resume' | 'stop'): Promise<void>
  restoreBest(): Promise<void>
  judge(pictures: readonly Labelled[]): Promise<readonly Guess[]>
  see(picture: ImageBitmap, heat: boolean): Promise<Seen>
  /** Which of these pictures are most like another one, the nearest first. */
  nearest(picture: ImageBitmap, pictures: readonly Labelled[]): Promise<readonly Near[]>
  save(format: 'keras' | 'h5'): Promise<Blob>
  saveWeights(): Promise<Blob>
  loadWeights(file: Blob): Promise<void>
  take(pictures: readonly (File | ZippedPicture)[]): Promise<readonly Taken[]>
  listZip(file: File): Promise<readonly ZippedPicture[]>
  pack(files: ReadonlyMap<string, Blob>, kind: string): Promise<Blob>
  unpack(file: File, needed: string, kind: string): Promise<ReadonlyMap<string, Blob>>
  demo(each: number): Promise<readonly { readonly name: string; readonly pictures: readonly File[] }[]>
}

/** What the worker tells unasked. */
export type Told =
  /** Where a training is that goes on, to be gone on from: after so many epochs, and maybe in the middle of one. */
  | { readonly type: 'kept'; readonly epochs: number; readonly state: Blob }
  /** The device was lost in training, which goes on by itself. */
  | { readonly type: 'lost' }
  | { readonly type: 'bytes'; readonly loaded: number; readonly total: number }
  | {
      readonly type: 'progress'
      readonly phase: 'features' | 'train' | 'validate'
      readonly epoch: number
      readonly done: number
      readonly total: number
    }
  | { readonly type: 'epoch'; readonly report: EpochReport; readonly matrix?: readonly (readonly number[])[] }
