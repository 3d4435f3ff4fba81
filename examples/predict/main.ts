/**
 * A whole Keras model, built from the config in its own file: its layers, and the three best classes for a picture.
 *
 *   FILE               a .keras archive, or an .h5 file of a whole model
 *   --image FILE       PNG or JPEG; default: a drawn orange
 *   --preprocess MODE  caffe, tf, torch, unit, bvlc, or a network's name; default: pixels 0..255 as they are
 */
import { parseArgs } from 'node:util'
import { adapterLabel, ArgumentError, fileSource, loadModel, openDevice, preprocessInput, type NetworkName } from '../../src/node.ts'
import { picture, runExample } from '../run.ts'

await runExample(async (args) => {
  const string = { type: 'string' } as const
  const { values, positionals } = parseArgs({ args, options: { image: string, preprocess: string }, allowPositionals: true })
  const [path] = positionals
  if (path === undefined || positionals.length > 1) throw new ArgumentError('predict', `there must be one FILE, got ${positionals.length}`)

  await using file = await fileSource(path)
  using model = await loadModel(file, {
    onReport: ({ loaded, variant }) => console.log(`${loaded.length} weights from ${file.name} (${variant})`),
  })
  console.log(model.summary())

  using device = await openDevice()
  console.log(`Adapter: ${adapterLabel(device.info)}`)
  await model.compile({ device })
  const [, height, width] = model.input.shape as number[]
  const pixels = await picture(values.image, height!, width!)
  const x = values.preprocess === undefined ? pixels : preprocessInput(pixels, values.preprocess as NetworkName)
  const { data } = await model.predict(x)
  const best = [...data.keys()].sort((a, b) => data[b]! - data[a]!).slice(0, 3)
  for (const k of best) console.log(`class ${k}: ${data[k]!.toFixed(4)}`)
})
