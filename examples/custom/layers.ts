/** Layers of a user's own classes: docs/custom-layers.md. */
import { defineLayer, loadModel, type Model, type WeightsFileInput } from '../../src/index.ts'

/** x * sigmoid(beta * x) */
export const swish = defineLayer<{ beta: number }>({
  name: 'mine>Swish',
  call: ({ ops, config }, x) => ops.multiply(x, ops.sigmoid(ops.multiply(x, config.beta))),
})

/** Every channel by a gate of its own, which sees the means of all channels. */
export const channelGate = defineLayer<{ floor: number }>({
  name: 'mine>ChannelGate',
  weights: (_config, [x]) => {
    const channels = x!.at(-1)!
    return { kernel: { shape: [channels, channels] }, bias: { shape: [channels], initializer: 'zeros' } }
  },
  call({ ops, config, weights }, x) {
    const means = ops.mean(x, [1, 2])
    const gate = ops.sigmoid(ops.add(ops.matmul(means, weights.kernel!), weights.bias!))
    const open = ops.maximum(gate, config.floor)
    return ops.multiply(x, ops.expandDims(open, [1, 2]))
  },
})

/** The model of a file that has layers of these classes. */
export function loadGated(file: WeightsFileInput): Promise<Model> {
  return loadModel(file, { customObjects: { 'mine>Swish': swish, 'mine>ChannelGate': channelGate } })
}
