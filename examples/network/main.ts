/**
 * A network of the lesson. Without weights: its layers. With a weight file: the three best names for a picture.
 *
 *   --network NAME      vgg16 (default), vgg19, inception_v3, resnet50, resnet50_legacy, resnet101, resnet152, alexnet, googlenet
 *   --weights FILE      a Keras weight file with top; the word imagenet: the official one, downloaded once
 *   --image FILE        PNG or JPEG; default: a drawn orange
 *   --class-index FILE  imagenet_class_index.json; default: Keras's, from the web
 *   --size N            height and width of the input
 */
import { parseArgs } from 'node:util'
import {
  adapterLabel,
  alexnet,
  ArgumentError,
  decodePredictions,
  fileSource,
  googlenet,
  inceptionV3,
  loadClassIndex,
  openDevice,
  preprocessInput,
  resnet101,
  resnet152,
  resnet50,
  resnet50Legacy,
  vgg16,
  vgg19,
  type Model,
} from '../../src/node.ts'
import { picture, runExample } from '../run.ts'

const NETWORKS = {
  vgg16,
  vgg19,
  inception_v3: inceptionV3,
  resnet50,
  resnet50_legacy: resnet50Legacy,
  resnet101,
  resnet152,
  alexnet,
  googlenet,
}
type Name = keyof typeof NETWORKS

/** What the network sees, the most probable first. */
async function look(model: Model, network: Name, image: string | undefined, classIndex: string | undefined): Promise<void> {
  using device = await openDevice()
  console.log(`Adapter: ${adapterLabel(device.info)}`)
  await model.compile({ device })
  const [, height, width] = model.input.shape as number[]
  const pixels = await picture(image, height!, width!)
  const predictions = await model.predict(preprocessInput(pixels, network))
  const [best] = decodePredictions(predictions, { top: 3, classIndex: await loadClassIndex(classIndex) })
  for (const { label, score } of best!) console.log(`${(100 * score).toFixed(2).padStart(6)}%  ${label}`)
}

await runExample(async (args) => {
  const string = { type: 'string' } as const
  const options = { network: { ...string, default: 'vgg16' }, weights: string, image: string, 'class-index': string, size: string } as const
  const { values } = parseArgs({ args, options })
  const network = values.network as Name
  if (!Object.hasOwn(NETWORKS, network)) {
    throw new ArgumentError('network', `--network must be one of ${Object.keys(NETWORKS).join(', ')}, got ${network}`)
  }
  const size = Number(values.size)
  const shape = values.size === undefined ? {} : ({ inputShape: [size, size, 3] } as const)
  if (values.weights === undefined) {
    console.log((await NETWORKS[network]({ ...shape, weights: null })).summary())
  } else if (values.weights === 'imagenet') {
    await look(await NETWORKS[network]({ ...shape, weights: 'imagenet' }), network, values.image, values['class-index'])
  } else {
    await using weights = await fileSource(values.weights)
    await look(await NETWORKS[network]({ ...shape, weights }), network, values.image, values['class-index'])
  }
})
