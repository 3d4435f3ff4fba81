/** The gradient of oneHot: a class number that changes by a little is none, or the same. */
import { defineGradient } from './kernel.ts'
import { oneHot } from './one_hot.ts'
import { rescale } from './rescale.ts'

export const oneHotGradient = defineGradient(oneHot, ({ g, node }) => [g.add(rescale, [node.inputs[0]], { scale: 0, offset: 0 })])
