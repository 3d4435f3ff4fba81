/**
 * A layers model as TensorFlow.js saves its own (`model.save`), as Teachable Machine has it: models in a Sequential; and what tfjs predicts.
 *   npm ci --prefix bench; node test/golden/make_tfjs.mjs    @tensorflow/tfjs-layers 4.22.0
 * Writes models/tfjs/own/.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const load = createRequire(new URL('../../bench/package.json', import.meta.url))
load('@tensorflow/tfjs-backend-cpu')
const [core, tf] = [load('@tensorflow/tfjs-core'), load('@tensorflow/tfjs-layers')]
const out = new URL('models/tfjs/own/', import.meta.url)

const trunk = tf.sequential({
  layers: [
    tf.layers.conv2d({ inputShape: [6, 5, 2], filters: 4, kernelSize: 3, padding: 'same', activation: 'relu6' }),
    tf.layers.batchNormalization(),
    tf.layers.separableConv2d({ filters: 3, kernelSize: [2, 3], activation: 'hardSigmoid' }),
    tf.layers.globalAveragePooling2d({}),
  ],
})
const head = tf.sequential({ layers: [tf.layers.dense({ inputShape: [3], units: 4, activation: 'elu' }), tf.layers.dense({ units: 3, activation: 'softmax', useBias: false })] })
const model = tf.sequential({ layers: [trunk, head] })
for (const weight of model.weights) {
  const { shape } = weight
  const count = shape.reduce((a, b) => a * b, 1)
  weight.write(core.tensor(Float32Array.from({ length: count }, (_, i) => 0.9 * Math.cos(1 + 3 * i + count) + (/variance/.test(weight.name) ? 1 : 0.1)), shape))
}
const x = core.tensor(Float32Array.from({ length: 2 * 60 }, (_, i) => Math.sin(i)), [2, 6, 5, 2])
const outputs = [...(await model.predict(x).data())]
await model.save({
  save({ modelTopology, weightSpecs, weightData, format, generatedBy }) {
    mkdirSync(out, { recursive: true })
    const weightsManifest = [{ paths: ['./model.weights.bin'], weights: weightSpecs }]
    writeFileSync(new URL('model.json', out), JSON.stringify({ modelTopology, format, generatedBy, convertedBy: null, weightsManifest }))
    writeFileSync(new URL('model.weights.bin', out), new Uint8Array(weightData))
    return Promise.resolve({ modelArtifactsInfo: {} })
  },
})
writeFileSync(new URL('outputs.json', out), JSON.stringify({ shape: [2, 3], outputs }))
