/** One of the two vectors that an op gives together, such as the gradients by gamma and by beta. */
import type { Builder, Ref } from './kernel.ts'
import { slice } from './slice.ts'

/** x [2,C] -> [C]. */
export function halfOf(g: Builder, x: Ref, half: 0 | 1): Ref {
  const C = x.shape[1]!
  return g.add(slice, [g.view(x, [2 * C])], { begin: half * C, end: (half + 1) * C })
}
