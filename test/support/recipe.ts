/**
 * The weight recipe: a seeded formula of (layer name, weight name, element index), so that millions of weights need no file.
 * The same formula in Python, for real Keras: test/golden/recipe.py.
 * Kernels have He's limit, which keeps the size of activations through ReLU layers. What one value is made of is all axes of a kernel but
 * the last; R*S alone for a depthwise kernel [R,S,C,M].
 */
import { Network } from '../../src/layers/network.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'

function fnv1a(text: string): number {
  let h = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193) >>> 0
  return h
}

/** Element `i` of the stream `key`, in [0, 1). */
function unit(key: number, i: number): number {
  let x = (Math.imul(i, 0x9e3779b1) + key) >>> 0
  x ^= x >>> 16
  x = Math.imul(x, 0x85ebca6b)
  x ^= x >>> 13
  x = Math.imul(x, 0xc2b2ae35)
  x ^= x >>> 16
  return (x >>> 0) / 4294967296
}

function interval(weight: string, shape: Shape): readonly [number, number] {
  const he = (axes: Shape): readonly [number, number] => [-Math.sqrt(6 / sizeOf(axes)), Math.sqrt(6 / sizeOf(axes))]
  const known: Record<string, readonly [number, number]> = {
    kernel: he(shape.slice(0, -1)),
    pointwise_kernel: he(shape.slice(0, -1)),
    depthwise_kernel: he(shape.slice(0, 2)),
    bias: [-0.1, 0.1],
    beta: [-0.1, 0.1],
    gamma: [0.9, 1.1],
    scale: [0.9, 1.1], // RMSNormalization
    moving_mean: [-0.1, 0.1],
    concat_score_weight: [0.4, 0.6],
    moving_variance: [0.9, 1.1],
    alpha: [0.1, 0.4], // PReLU
    embeddings: [-0.5, 0.5],
    mean: [-0.1, 0.1], // Normalization
    variance: [0.9, 1.1],
    count: [0, 1],
  }
  return known[weight]!
}

export function recipeValues(layer: string, weight: string, shape: Shape, begin = 0, end = sizeOf(shape)): Float32Array<ArrayBuffer> {
  const [low, high] = interval(weight, shape)
  const key = fnv1a(`${layer}/${weight}`)
  const made = new Float32Array(end - begin)
  for (let i = 0; i < made.length; i++) made[i] = low + (high - low) * unit(key, begin + i)
  return made
}

/** The name that the recipe has for a weight: a depthwise layer's kernel is `depthwise_kernel`, as Keras 2 called it. */
const nameOf = (className: string, weight: string): string =>
  className === 'DepthwiseConv2D' && weight === 'kernel' ? 'depthwise_kernel' : weight

/** Gives every weight of a network its recipe values. */
export function useRecipe(network: Network): void {
  for (const layer of network.layers) {
    if (layer instanceof Network) useRecipe(layer)
    else
      for (const w of layer.weights) {
        const name = nameOf(layer.className, w.name)
        w.source = { shape: w.shape, read: (begin, end) => Promise.resolve(recipeValues(w.layer, name, w.shape, begin, end)) }
      }
  }
}

/** A direction to measure a weight along, of mean square 1. @param name `layer/weight` */
export function recipeDirection(name: string, length: number): Float64Array {
  const key = fnv1a(`${name}/direction`)
  return Float64Array.from({ length }, (_, i) => Math.sqrt(3) * (2 * unit(key, i) - 1))
}

/** The recipe's pictures, [N,H,W,C], their whole numbers 0..255 times a factor, and an offset added: both powers of 2 or small, so that nothing is rounded. */
export function recipePictures(shape: Shape, [factor, offset]: readonly number[]): { shape: Shape; data: Float32Array<ArrayBuffer> } {
  const key = fnv1a('image')
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.floor(unit(key, i) * 256) * factor! + offset!) }
}

/** The recipe's picture, [1,H,W,C] of whole numbers 0..255, times `scale`. */
export function recipeImage(shape: Shape, scale: number): { shape: Shape; data: Float32Array<ArrayBuffer> } {
  const key = fnv1a('image')
  const pixel = (i: number) => Math.floor(unit(key, i) * 256) * Math.fround(scale)
  return { shape: [1, ...shape], data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => pixel(i)) }
}
