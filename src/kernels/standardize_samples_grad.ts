/** The gradient of standardizeSamples. */
import { ShapeError } from '../errors.ts'
import { defineGradient } from './kernel.ts'
import { standardizeSamples } from './standardize_samples.ts'

export const standardizeSamplesGradient = defineGradient(standardizeSamples, ({ g, node, attrs, dy, needs }) => {
  if (needs[1]) throw new ShapeError('standardizeSamples', 'a gradient must be differentiated once, got one that needs a gradient itself')
  return [g.add(standardizeSamples, [node.inputs[0], dy], attrs), undefined]
})
