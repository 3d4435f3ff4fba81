/**
 * Drop layers, add layers, freeze: how many parameters each step leaves, and how many of them train. Needs no GPU and no weights.
 *
 *   --network NAME  vgg16 (default), resnet50, inception_v3
 *   --cut LAYER     the last layer to keep; default: block4_pool, conv4_block6_out, mixed7
 *   --classes N     of the new head; default 10
 */
import { parseArgs } from 'node:util'
import { ArgumentError, inceptionV3, layers, Model, resnet50, vgg16 } from '../../src/node.ts'
import { runExample } from '../run.ts'

const NETWORKS = {
  vgg16: { build: vgg16, cut: 'block4_pool' },
  resnet50: { build: resnet50, cut: 'conv4_block6_out' },
  inception_v3: { build: inceptionV3, cut: 'mixed7' },
}

function tell(step: string, model: Model): void {
  const { total, trainable, nonTrainable } = model.paramCounts()
  const columns = [total, trainable, nonTrainable].map((n) => n.toLocaleString('en-US').padStart(15))
  console.log(step.padEnd(32) + columns.join(''))
}

await runExample(async (args) => {
  const string = { type: 'string' } as const
  const options = { network: { ...string, default: 'vgg16' }, cut: string, classes: { ...string, default: '10' } } as const
  const { values } = parseArgs({ args, options })
  if (!Object.hasOwn(NETWORKS, values.network))
    throw new ArgumentError('cut', `--network must be one of ${Object.keys(NETWORKS).join(', ')}, got ${values.network}`)
  const network = NETWORKS[values.network as keyof typeof NETWORKS]

  console.log(' '.repeat(32) + ['total', 'trainable', 'non-trainable'].map((h) => h.padStart(15)).join(''))
  tell(values.network, await network.build())

  // Drop layers: the classifier, then everything behind one layer.
  const withoutTop = await network.build({ includeTop: false })
  tell('without top', withoutTop)
  const cut = values.cut ?? network.cut
  const trunk = withoutTop.until(cut)
  tell(`until ${cut}`, trunk)

  // Add layers: a head for other classes.
  let x = layers.globalAveragePooling2d().apply(trunk.output)
  x = layers.dense({ units: 256, activation: 'relu' }).apply(x)
  x = layers.dropout({ rate: 0.5 }).apply(x)
  const predictions = layers.dense({ units: Number(values.classes), activation: 'softmax', name: 'predictions' }).apply(x)
  const model = new Model({ inputs: trunk.input, outputs: predictions })
  tell('with a new head', model)

  // Freeze: the trunk keeps what it knows, the head learns.
  trunk.trainable = false
  tell('with the trunk frozen', model)
})
