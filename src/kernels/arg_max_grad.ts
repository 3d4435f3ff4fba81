/** The gradient of argMax: where a value changes by a little, its place does not. */
import { argMax } from './arg_max.ts'
import { defineGradient } from './kernel.ts'

export const argMaxGradient = defineGradient(argMax, () => [undefined])
