/** The networks that are known by name: what each is, and how it is called. What builds one comes when it is asked for. */
import { asOfNow } from '../as_of_now.ts'
import { lazy } from '../lazy.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import type { AnyModel, Model } from '../training/model.ts'
import type { AlexNetOptions } from './alexnet.ts'
import type { ApplicationOptions } from './application.ts'
import type { GoogLeNetOptions } from './googlenet.ts'
import type { ResNet50LegacyOptions } from './resnet_legacy.ts'

/** Options as they are now, and the files in them. */
const ofNow = <O extends ApplicationOptions>(options: O): O => ({ ...options, weights: asOfNow(options.weights) })

/**
 * AlexNet: 60,965,224 parameters with top, 2,334,080 without. Default input 227x227x3, smallest 67x67. Weights come from a file; one whose
 * groups are layers of their own is loaded with `loading: { rename: { conv2: ['conv_2_1', 'conv_2_2'] } }`.
 * @throws ShapeError, ArgumentError, FileError, WeightsError
 * @example
 * const model = await alexnet({ classes: 10 })
 * model.outputs[0].shape // [null, 10]
 */
export async function alexnet(options: AlexNetOptions = {}): Promise<Model> {
  const given = ofNow(options)
  return (await lazy(import('./alexnet.ts'))).alexnet(given)
}

/**
 * GoogLeNet: 6,998,552 parameters with top, 5,973,552 without, 13,378,280 with auxiliary heads. Default input 224x224x3, smallest 32x32 (with
 * auxiliary heads 80x80).
 * @throws ShapeError, ArgumentError, FileError, WeightsError
 * @example
 * const model = await googlenet({ auxiliaryHeads: true, classes: 10 })
 * model.outputs.map(({ shape }) => shape) // [[null, 10], [null, 10], [null, 10]]
 */
export function googlenet(options: GoogLeNetOptions & { auxiliaryHeads: true }): Promise<Model<readonly SymbolicTensor[]>>
export function googlenet(options?: GoogLeNetOptions): Promise<Model>
export async function googlenet(options: GoogLeNetOptions = {}): Promise<AnyModel> {
  const given = ofNow(options)
  return (await lazy(import('./googlenet.ts'))).googlenet(given)
}

/**
 * InceptionV3: 23,851,784 parameters with top, 21,802,784 without. Default input 299x299x3, smallest 75x75; 139x139 gives a
 * feature map of 3x3x2048. Numbers in names of its layers, as in `conv2d_94`, go on from those that there are when it is built: where several networks
 * are asked for at once, in the order in which what builds them comes.
 * @throws ShapeError, ArgumentError, FileError, WeightsError
 * @example
 * const trunk = await inceptionV3({ includeTop: false, inputShape: [139, 139, 3] })
 * trunk.outputs[0].shape // [null, 3, 3, 2048]
 */
export async function inceptionV3(options: ApplicationOptions = {}): Promise<Model> {
  const given = ofNow(options)
  return (await lazy(import('./inception.ts'))).inceptionV3(given)
}

/**
 * ResNet50: 25,636,712 parameters with top, 23,587,712 without. Default input 224x224x3, smallest 32x32. Files of the old release, whose
 * layers are called `res2a_branch2a`, belong to `resnet50Legacy`.
 * @throws ShapeError, ArgumentError, FileError, WeightsError
 * @example
 * const model = await resnet50({ weights: null, classes: 3 }) // 'imagenet': the official weights, downloaded once
 * model.outputs[0].shape // [null, 3]
 */
export async function resnet50(options: ApplicationOptions = {}): Promise<Model> {
  const given = ofNow(options)
  return (await lazy(import('./resnet.ts'))).resnet50(given)
}

/**
 * ResNet101: 44,707,176 parameters with top, 42,658,176 without.
 * @throws as resnet50
 * @example
 * const model = await resnet101({ includeTop: false, pooling: 'avg' })
 * model.outputs[0].shape // [null, 2048]
 */
export async function resnet101(options: ApplicationOptions = {}): Promise<Model> {
  const given = ofNow(options)
  return (await lazy(import('./resnet.ts'))).resnet101(given)
}

/**
 * ResNet152: 60,419,944 parameters with top, 58,370,944 without.
 * @throws as resnet50
 * @example
 * const model = await resnet152({ includeTop: false, inputShape: [null, null, 3] }) // pictures of any size
 * model.outputs[0].shape // [null, null, null, 2048]
 */
export async function resnet152(options: ApplicationOptions = {}): Promise<Model> {
  const given = ofNow(options)
  return (await lazy(import('./resnet.ts'))).resnet152(given)
}

/**
 * ResNet50 of the old release, for its files: 25,636,712 parameters with top, 23,587,712 without. Default input 224x224x3, smallest 32x32.
 * @throws ShapeError, ArgumentError, FileError, WeightsError
 * @example
 * const model = await resnet50Legacy({ includeTop: false })
 * model.layers[2].name // "conv1"
 */
export async function resnet50Legacy(options: ResNet50LegacyOptions = {}): Promise<Model> {
  const given = ofNow(options)
  return (await lazy(import('./resnet_legacy.ts'))).resnet50Legacy(given)
}

/**
 * VGG16: 138,357,544 parameters with top, 14,714,688 without. Default input 224x224x3, smallest 32x32.
 * @throws ShapeError, ArgumentError, FileError, WeightsError
 * @example
 * const model = await vgg16({ weights: null }) // 'imagenet': the official weights, downloaded once
 * model.countParams() // 138357544
 */
export async function vgg16(options: ApplicationOptions = {}): Promise<Model> {
  const given = ofNow(options)
  return (await lazy(import('./vgg.ts'))).vgg16(given)
}

/**
 * VGG19: 143,667,240 parameters with top, 20,024,384 without. Default input 224x224x3, smallest 32x32.
 * @throws ShapeError, ArgumentError, FileError, WeightsError
 * @example
 * const trunk = await vgg19({ includeTop: false, inputShape: [64, 64, 3], pooling: 'max' })
 * trunk.outputs[0].shape // [null, 512]
 */
export async function vgg19(options: ApplicationOptions = {}): Promise<Model> {
  const given = ofNow(options)
  return (await lazy(import('./vgg.ts'))).vgg19(given)
}
