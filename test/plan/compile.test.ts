/** Plans in the making: what is done while the driver compiles, and what stays of a plan that cannot be made. */
import { expect, test, vi } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import { Graph } from '../../src/graph/graph.ts'
import { activation } from '../../src/kernels/activation/activation.ts'
import { combine } from '../../src/kernels/combine.ts'
import { dense } from '../../src/kernels/dense/dense.ts'
import { defineOp, everywhere } from '../../src/kernels/kernel.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Plan } from '../../src/plan/plan.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'

const device = useDevice()

const broken = defineOp<object>({
  name: 'broken',
  inputs: ['x'],
  output: 'y',
  shape: ([x]) => x!,
  cost: () => ({ flops: 1, bytes: 1 }),
  variants: everywhere(() => ({ wgsl: 'struct Sizes { base: u32 }\nfn main() { nonsense; }', sizes: {}, groups: 1 })),
})

/** act(x . x), then a sum. */
function product(g: Graph, size: number) {
  const x = g.input('x', [size, size])
  const y = g.add(dense, [x, x], { activation: 'linear' })
  return g.add(combine, [y, x], { kind: 'multiply', activation: 'linear' })
}

test('bind groups are made while the driver compiles', async () => {
  const { gpu } = device()
  const compile = gpu.createComputePipelineAsync.bind(gpu)
  const groups = vi.spyOn(gpu, 'createBindGroup')
  const late = vi.spyOn(gpu, 'createComputePipelineAsync').mockImplementation(async (descriptor) => {
    await vi.waitFor(() => expect(groups).toHaveBeenCalledTimes(2))
    return compile(descriptor)
  })
  const g = new Graph()
  g.outputs.set('y', product(g, 8))
  using plan = await Plan.compile(parameterStoreOf(device()), g)
  expect(late).toHaveBeenCalledTimes(2)
  late.mockRestore()
  groups.mockRestore()
  expect((await plan.run({ x: new Float32Array(64).fill(2) }))['y']).toEqual(new Float32Array(64).fill(64))
})

test('the pipelines of heavy ops are asked for first', async () => {
  const g = new Graph()
  g.outputs.set('y', g.add(activation, [product(g, 64)], { activation: 'tanh' }))
  const asked = vi.spyOn(device(), 'pipeline')
  using plan = await Plan.compile(parameterStoreOf(device()), g)
  expect(asked.mock.calls[0]![0]).toBe('dense')
  expect(plan.stats.pipelines).toBe(3)
  asked.mockRestore()
})

test('a shader that does not compile is told of, and nothing stays allocated', async () => {
  const before = device().live
  const g = new Graph()
  g.outputs.set('y', g.add(broken, [product(g, 16)], {}))
  for (let again = 0; again < 2; again++) {
    const error: unknown = await Plan.compile(parameterStoreOf(device()), g).catch((e: unknown) => e)
    expect(error).toMatchObject({
      code: 'shader',
      message: expect.stringMatching(/^\[broken\] the shader must compile, got\n2:/) as string,
    })
    expect(device().live).toEqual(before)
  }
})

test('a device that is lost while its driver compiles ends the wait', async () => {
  const lost = await openDevice({ gpu: await openGpu() })
  const asked = vi.spyOn(lost.gpu, 'createComputePipelineAsync').mockReturnValue(new Promise(() => undefined))
  const g = new Graph()
  g.outputs.set('y', product(g, 16))
  const compiling = Plan.compile(parameterStoreOf(lost), g).catch((e: unknown) => e)
  await vi.waitFor(() => expect(asked).toHaveBeenCalled())
  lost.gpu.destroy()
  expect(await compiling).toMatchObject({ code: 'lost' })
  expect(lost.live.buffers).toBe(0)
  lost.dispose()
})
