/** Opens the network that is to be taught. */
import {
  ArgumentError,
  inceptionV3,
  loadModel,
  preprocessModeOf,
  resnet50,
  resolveWeights,
  vgg16,
  type ApplicationOptions,
  type Model,
  type NetworkName,
} from '../../../src/index.ts'
import type { OfficialName, TrunkChoice, TrunkInfo } from '../messages.ts'
import type { Pixels } from '../pixels.ts'
import { blocksOf } from './blocks.ts'
import { fetched, keepLast } from './fetched.ts'

/** How each is made, and what Keras calls its weights. */
const official: Readonly<Record<OfficialName, { readonly build: (options: ApplicationOptions) => Promise<Model>; readonly name: string }>> =
  {
    vgg16: { build: vgg16, name: 'vgg16' },
    resnet50: { build: resnet50, name: 'resnet50' },
    inceptionV3: { build: inceptionV3, name: 'inception_v3' },
  }

/** Height and width of pictures for networks that take any. */
const OPEN_SIZE = 160

type Bytes = (loaded: number, total: number) => void

async function load(choice: TrunkChoice, onBytes: Bytes): Promise<Model> {
  if (choice.kind === 'official') {
    const { build, name } = official[choice.name]
    const onProgress = ({ loadedBytes, totalBytes }: { loadedBytes: number; totalBytes: number }) => onBytes(loadedBytes, totalBytes)
    const weights = await resolveWeights(name, 'withoutTop', { onProgress }) // of the download alone: values are read much later, too
    return build({ includeTop: false, inputShape: [OPEN_SIZE, OPEN_SIZE, 3], weights })
  }
  if (choice.kind === 'builtin') return loadModel(await (await fetch(new URL('./small.keras', self.location.href))).blob())
  const given =
    choice.kind === 'file' ? choice.files : /\.json$/.test(new URL(choice.url).pathname) ? choice.url : await fetched(choice.url, onBytes)
  const model = await loadModel(given)
  const [, height, width, channels] = model.inputs[0]!.shape
  if (model.inputs.length !== 1 || model.inputs[0]!.shape.length !== 4 || (channels !== 3 && channels !== 1))
    throw new ArgumentError(model.name, 'this page teaches networks that take one picture, [height,width,3] or [height,width,1]')
  return height === null || width === null ? loadModel(given, { inputShape: [OPEN_SIZE, OPEN_SIZE] }) : model
}

/** What the network was trained with, by what its file or its name says. */
export function pixelsOf(model: Model): Pixels {
  const said = model.pictures?.preprocess
  if (said && said !== 'none') return said
  if (model.layers.some(({ className }) => className === 'Rescaling' || className === 'Normalization')) return 'none'
  try {
    return preprocessModeOf(model.name.replace(/_notop$/, '') as NetworkName) ?? 'none'
  } catch {
    return 'none'
  }
}

/** @throws FileError, WeightsError as loadModel; ArgumentError for a network that cannot be taught here */
export async function openTrunk(choice: TrunkChoice, onBytes: Bytes): Promise<{ model: Model; info: TrunkInfo }> {
  const model = await load(choice, onBytes)
  const blocks = blocksOf(model)
  if (!blocks.length) throw new ArgumentError(model.name, 'this page teaches networks that have convolutions, got none')
  if (choice.kind === 'url') await keepLast().catch(() => undefined) // what does not go now goes with the next one
  const input = model.input.shape.slice(1) as number[]
  return { model, info: { name: model.name, parameters: model.countParams(), input, pixels: pixelsOf(model), blocks } }
}
