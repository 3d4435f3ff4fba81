/** Products without barriers whose sums are short. */
import type { Kernel } from '../kernel.ts'
import { fixSizes } from '../sizes.ts'

/**
 * Terms up to which a sum is short. A software adapter divides lane by lane: with constants, products of 32 and 147 terms took 0.82 to 1.0 of the
 * time (least of interleaved runs, SwiftShader and lavapipe).
 */
const FEW_TERMS = 160

/**
 * A kernel whose threads find their place by dividing by sizes and then add up so many terms: with the sizes as constants where the terms are
 * few. There are few such products in a network (its first layer, the gradients of its head), so that this costs few pipelines.
 */
export function fixShort(kernel: Kernel, terms: number): Kernel {
  return terms <= FEW_TERMS ? fixSizes(kernel) : kernel
}
