import { expect, test } from 'vitest'
import { accumulate } from '../../src/kernels/accumulate.ts'
import { build, ulpBound } from '../reference/reference.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp, type Tensor } from '../support/run-op.ts'
import { spiked } from '../support/values.ts'

const gpu = useGpu()
const rows = (before: number) => ({ shape: [1], data: Uint32Array.of(before) })

test.each<[shape: number[], groupsPerPart?: number]>([[[1]], [[3, 5, 7]], [[67, 5]], [[3, 301], 1]])(
  'x [%s]',
  async (shape, groupsPerPart) => {
    const [x, sum] = [spiked(shape, 1), spiked(shape, 2)]
    const options = groupsPerPart ? { groupsPerPart } : {}
    const run = async (before: number, sum: Tensor) =>
      (await runOp(gpu(), accumulate, onlyChoice(accumulate), [x, rows(before)], {}, [sum], options)).updates[0]!
    const added = build(shape, (i) => {
      const y = x.data[i]! + sum.data[i]!
      return [y, ulpBound(1, y)]
    })
    expectClose(await run(3, sum), added)
    const left = { shape, data: new Float32Array(sum.data.length).fill(NaN) } // of a step that went wrong
    expect(await run(0, left)).toEqual(x.data)
  },
)

test('refuses several numbers of rows', () => {
  expect(() => accumulate.shape([[5, 2], [2]], {})).toThrow('[accumulate] before must have 1 value, got before [2]')
})
