/** Runs a table of cases of one op against the oracle, with every kernel class that the op has. */
import { describe, test } from 'vitest'
import type { Op } from '../../src/kernels/kernel.ts'
import type { Reference } from '../reference/reference.ts'
import { expectClose } from './close.ts'
import { useGpu } from './gpu.ts'
import { classesOf, runOp, type RunOptions, type Tensor } from './run-op.ts'

export interface OpCase<A> {
  readonly name: string
  readonly inputs: readonly (Tensor | undefined)[]
  readonly attrs: A
  readonly options?: RunOptions
}

/** One test per case and class. Call it once per file: it opens the GPU. */
export function testOp<A extends object>(
  op: Op<A>,
  cases: readonly OpCase<A>[],
  reference: (inputs: readonly (Tensor | undefined)[], attrs: A) => Reference,
): void {
  const gpu = useGpu()
  describe(op.name, () => {
    for (const cls of classesOf(op)) {
      test.each(cases)(`${cls}: $name`, async ({ inputs, attrs, options }) => {
        const { output } = await runOp(gpu(), op, cls, inputs, attrs, [], options)
        expectClose(output, reference(inputs, attrs))
      })
    }
  })
}
