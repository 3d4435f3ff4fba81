/** The gradient of oneHot: a class number that changes by a little is none, or the same. */
import { defineGradient } from './kernel.ts'
import { oneHot } from './one_hot.ts'

export const oneHotGradient = defineGradient(oneHot, () => [undefined])
