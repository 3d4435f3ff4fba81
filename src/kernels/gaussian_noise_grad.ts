/** The gradient of gaussianNoise. */
import { gaussianNoise } from './gaussian_noise.ts'
import { defineGradient } from './kernel.ts'

export const gaussianNoiseGradient = defineGradient(gaussianNoise, ({ g, node, attrs, dy }) => [
  attrs.kind === 'add' ? dy : g.add(gaussianNoise, [dy, node.inputs[1]], attrs),
  undefined,
])
