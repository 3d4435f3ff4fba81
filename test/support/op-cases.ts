/** Runs a table of cases of one op against the oracle, with every variant of the op that can run them. */
import { describe, test } from 'vitest'
import type { Op } from '../../src/kernels/kernel.ts'
import type { Reference } from '../reference/reference.ts'
import { expectClose } from './close.ts'
import { useGpu } from './gpu.ts'
import { choicesOf, ioOf, runOp, type RunOptions, type Tensor } from './run-op.ts'

export interface OpCase<A> {
  readonly name: string
  readonly inputs: readonly (Tensor | undefined)[]
  readonly attrs: A
  readonly options?: RunOptions
}

/** Blocks for GPUs that software adapters take seconds to compile: every sixth case runs them, the 32x32 block of the same shader all. */
const LARGE = ['128x64', '64x64']

/** One test per case and variant. Call it once per file: it opens the GPU. */
export function testOp<A extends object>(
  op: Op<A>,
  cases: readonly OpCase<A>[],
  reference: (inputs: readonly (Tensor | undefined)[], attrs: A) => Reference,
): void {
  const gpu = useGpu()
  describe(op.name, () => {
    const all = cases.flatMap((c, i) =>
      choicesOf(op, ioOf(op, c.inputs, c.attrs))
        .filter(({ variant }) => i % 6 === 0 || !LARGE.includes(variant.name))
        .map((choice) => ({ ...c, choice, title: `${choice.name}: ${c.name}` })),
    )
    test.each(all)('$title', async ({ inputs, attrs, options, choice }) => {
      const { output } = await runOp(gpu(), op, choice, inputs, attrs, [], options)
      expectClose(output, reference(inputs, attrs))
    })
  })
}
