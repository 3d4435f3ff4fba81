/** Runs a table of cases of one op against the oracle, with every variant of the op that can run them. */
import { describe, expect, test } from 'vitest'
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
    const wholeVectors = all.filter(({ inputs, attrs }) => op.sliceable && canBeSlice(op, inputs, attrs))
    if (wholeVectors.length) {
      test.each(wholeVectors)('$title, in a slice', async ({ inputs, attrs, options, choice }) => {
        const { output: shape } = ioOf(op, inputs, attrs)
        const K = shape.at(-1)!
        const slice = { width: K + 12, begin: 4 }
        const { output: alone } = await runOp(gpu(), op, choice, inputs, attrs, [], options)
        const { output } = await runOp(gpu(), op, choice, inputs, attrs, [], { ...options, slice })
        const column = (i: number) => (i % slice.width) - slice.begin
        expect(output.filter((_, i) => column(i) >= 0 && column(i) < K)).toEqual(alone)
        const around = output.filter((_, i) => column(i) < 0 || column(i) >= K)
        expect(around.every(Number.isNaN)).toBe(true) // as it was filled
      })
    }
  })
}

/** Whether the op may be asked to write this output into a wider tensor. */
function canBeSlice<A extends object>(op: Op<A>, inputs: readonly (Tensor | undefined)[], attrs: A): boolean {
  return ioOf(op, inputs, attrs).output.at(-1)! % 4 === 0 && !(op.epilogue && inputs[op.epilogue.residual])
}
