/** The networks that are known by name, and which of them a weight file fits. */
import { ArgumentError, WeightsError } from '../errors.ts'
import type { WeightsInput } from '../loaders/keras/load_weights.ts'
import type { KerasWeightsFile } from '../loaders/keras/weights_file.ts'
import type { ConvertOptions } from '../loaders/keras/theano.ts'
import { alexnet } from './alexnet.ts'
import type { ApplicationOptions } from './application.ts'
import { googlenet } from './googlenet.ts'
import { inceptionV3 } from './inception.ts'
import type { NetworkName } from '../loaders/images/preprocess.ts'
import { resnet101, resnet152, resnet50 } from './resnet.ts'
import { resnet50Legacy } from './resnet_legacy.ts'
import { vgg16, vgg19 } from './vgg.ts'
import { sizeOf } from '../shape.ts'
import type { AnyModel } from '../training/model.ts'

/** What is said of a file that does not say it itself; as the options of `loadModel` and `loadWeights`. */
export type Said = Pick<ConvertOptions, 'kernels' | 'dimOrdering' | 'kerasVersion'>

export interface KnownNetwork {
  readonly build: (options: ApplicationOptions) => Promise<AnyModel>
  /** Name of the last layer with top, whose units are the classes. */
  readonly classifier: string
}

/** By the names of Keras Applications. */
export const NETWORKS = {
  vgg16: { build: vgg16, classifier: 'predictions' },
  vgg19: { build: vgg19, classifier: 'predictions' },
  inception_v3: { build: inceptionV3, classifier: 'predictions' },
  resnet50: { build: resnet50, classifier: 'predictions' },
  resnet50_legacy: { build: resnet50Legacy, classifier: 'fc1000' },
  resnet101: { build: resnet101, classifier: 'predictions' },
  resnet152: { build: resnet152, classifier: 'predictions' },
  alexnet: { build: alexnet, classifier: 'fc8' },
  googlenet: { build: googlenet, classifier: 'loss3/classifier' },
} as const satisfies Partial<Record<NetworkName, KnownNetwork>>

export type KnownName = keyof typeof NETWORKS

export const isKnown = (name: string): name is KnownName => Object.hasOwn(NETWORKS, name)

/** Values in all weights of a file. */
export function parametersIn(file: KerasWeightsFile): number {
  return file.layers.flatMap((l) => l.weights).reduce((n, w) => n + sizeOf(w.source.shape), 0)
}

/** Classes that a network's file tells apart: the units of its classifier; 1000 where the file has none. */
export function classesIn(file: KerasWeightsFile, network: KnownName): number {
  const { classifier } = NETWORKS[network]
  const found =
    file.named && !file.positional
      ? file.layers.find((l) => l.name === classifier)?.weights[0]
      : file.layers.flatMap((l) => l.weights).findLast((w) => w.source.shape.length === 2) // no names: the last Dense kernel
  return found?.source.shape[1] ?? 1000
}

export type OpenOption = keyof Pick<ConvertOptions, 'kernels' | 'dimOrdering'>

/** A network whose weights are all in a file. */
export interface Fit {
  readonly network: KnownName
  readonly includeTop: boolean
  /** Null without top. */
  readonly classes: number | null
  /** GoogLeNet with the option `auxiliaryHeads`. */
  readonly auxiliaryHeads: boolean
  /** Option that must be given when the file is loaded, since it does not say it itself: `kernels`, `dimOrdering`. */
  readonly mustSay: OpenOption | null
  /** Layers of the file that are not the network's. */
  readonly unusedInFile: readonly string[]
}

interface Candidate extends Omit<Fit, 'mustSay' | 'unusedInFile'> {
  readonly build: () => Promise<AnyModel>
}

function candidates(file: KerasWeightsFile): Candidate[] {
  const known = (Object.keys(NETWORKS) as KnownName[]).flatMap((network): Candidate[] => {
    const classes = classesIn(file, network)
    const { build } = NETWORKS[network]
    return [
      { network, includeTop: true, classes, auxiliaryHeads: false, build: () => build({ classes }) },
      { network, includeTop: false, classes: null, auxiliaryHeads: false, build: () => build({ includeTop: false }) },
    ]
  })
  const classes = classesIn(file, 'googlenet')
  const heads = { network: 'googlenet', includeTop: true, classes, auxiliaryHeads: true } as const
  return [...known, { ...heads, build: () => googlenet({ classes, auxiliaryHeads: true }) }]
}

/** What a file may leave open, tried with one of its values: which one does not matter for names and shapes. */
const OPEN = { kernels: 'tensorflow', dimOrdering: 'tf' } as const

/** Names and shapes are compared; no value is read. */
async function tried(candidate: Candidate, input: WeightsInput, most: number, said: Said, signal?: AbortSignal): Promise<Fit | undefined> {
  const { build, ...which } = candidate
  const model = await build()
  if (model.countParams() > most) return undefined
  for (const mustSay of [null, 'kernels', 'dimOrdering'] as const) {
    try {
      const { unusedInFile } = await model.loadWeights(input, {
        ...said,
        ...(mustSay && { [mustSay]: OPEN[mustSay] }),
        ...(signal && { signal }),
      })
      return { ...which, mustSay, unusedInFile }
    } catch (error) {
      if (error instanceof WeightsError) return undefined
      if (!(error instanceof ArgumentError)) throw error
    }
  }
  return undefined
}

/** A network that fits, as it is built. */
export function fitted({ network, includeTop, classes, auxiliaryHeads }: Fit): Promise<AnyModel> {
  if (!includeTop) return NETWORKS[network].build({ includeTop })
  return auxiliaryHeads ? googlenet({ classes: classes!, auxiliaryHeads }) : NETWORKS[network].build({ classes: classes! })
}

/**
 * The networks that fit a file best: all of their weights are in it under their names (InceptionV3: in their order) and in their shapes, and
 * the fewest layers of the file are left over. Several where they have the same weights; none where no network fits.
 * @param input the same file, for loading
 * @param said what it does not say itself
 */
export async function fittingNetworks(file: KerasWeightsFile, input: WeightsInput, said: Said, signal?: AbortSignal): Promise<Fit[]> {
  const most = parametersIn(file)
  const fits: Fit[] = []
  for (const candidate of candidates(file)) {
    signal?.throwIfAborted()
    const fit = await tried(candidate, input, most, said, signal)
    if (fit) fits.push(fit)
  }
  const fewest = Math.min(...fits.map((f) => f.unusedInFile.length))
  return fits.filter((f) => f.unusedInFile.length === fewest)
}
