/** temporary */
import { registerVariant } from './conv2d.register.ts'
export const tiledVariant = registerVariant
