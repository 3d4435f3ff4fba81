/** Networks, and parts of some, that the rows have beside those of `src/models`. */
import { layers } from '../src/layers/index.ts'
import type { SymbolicTensor } from '../src/layers/layer.ts'

function conv(x: SymbolicTensor, filters: number, kernelSize: number, strides = 1): SymbolicTensor {
  const y = layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false }).apply(x)
  return layers.batchNormalization({ epsilon: 1e-3 }).apply(y)
}

const activate = (x: SymbolicTensor, activation: 'relu' | 'relu6') => layers.activation({ activation }).apply(x)
const pooled = (x: SymbolicTensor) => layers.globalAveragePooling2d().apply(x)

/** Two 3x3 convolutions and a pool, as VGG has them (Simonyan and Zisserman 2015). */
export function vggBlock(x: SymbolicTensor): SymbolicTensor {
  let y = x
  for (let i = 0; i < 2; i++) y = layers.conv2d({ filters: 128, kernelSize: 3, padding: 'same', activation: 'relu' }).apply(y)
  return pooled(layers.maxPooling2d().apply(y))
}

/** Three bottleneck blocks, the first with a projection (He et al. 2016). */
export function resnetStage(x: SymbolicTensor): SymbolicTensor {
  let y = x
  for (let i = 0; i < 3; i++) {
    const shortcut = i === 0 ? conv(y, 1024, 1) : y
    let z = activate(conv(y, 256, 1), 'relu')
    z = activate(conv(z, 256, 3), 'relu')
    y = activate(layers.add().apply([conv(z, 1024, 1), shortcut]), 'relu')
  }
  return pooled(y)
}

/** Of MobileNetV2: expansion, channels, blocks, stride of the first (Sandler et al. 2018, table 2). */
const INVERTED = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const

/** MobileNetV2, without its top. */
export function mobileNetV2(x: SymbolicTensor): SymbolicTensor {
  let y = activate(conv(x, 32, 3, 2), 'relu6')
  for (const [expansion, filters, blocks, stride] of INVERTED) {
    for (let i = 0; i < blocks; i++) {
      const [strides, channels] = [i === 0 ? stride : 1, y.shape[3]!]
      let z = expansion === 1 ? y : activate(conv(y, expansion * channels, 1), 'relu6')
      z = layers.depthwiseConv2d({ kernelSize: 3, strides, padding: 'same', useBias: false }).apply(z)
      z = activate(layers.batchNormalization({ epsilon: 1e-3 }).apply(z), 'relu6')
      z = conv(z, filters, 1)
      y = strides === 1 && channels === filters ? layers.add().apply([y, z]) : z
    }
  }
  return pooled(activate(conv(y, 1280, 1), 'relu6'))
}
