import { expect, test } from 'vitest'
import { relu } from '../../src/kernels/relu.ts'
import { useGpu } from '../support/gpu.ts'
import { runOp } from '../support/run-op.ts'

const gpu = useGpu()
test('relu', async () => {
  const { output } = await runOp(gpu(), relu, 'register', [{ shape: [3], data: new Float32Array([-1, 0, 2]) }], {})
  expect([...output]).toEqual([0, 0, 2])
})
