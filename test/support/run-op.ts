/**
 * Runs one op with one kernel class on plain arrays, through raw WebGPU and nothing of the engine but the kernel contract:
 * an independent check of what the plan does. Outputs are filled with NaN first, so that an element nobody wrote is seen.
 */
import { sourceOf, variantOf, foldGroups, type KernelClass, type Op } from '../../src/kernels/kernel.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'
import type { TestGpu } from './gpu.ts'

export interface Tensor {
  readonly shape: Shape
  readonly data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>
}

export interface OpRun {
  readonly output: Float32Array
  readonly updates: Float32Array[]
}

export interface RunOptions {
  /** Cut the dispatch into slices of this many workgroups (ops with `parts`). */
  readonly groupsPerPart?: number
}

export async function runOp<A extends object>(
  { device }: TestGpu,
  op: Op<A>,
  cls: KernelClass,
  inputs: readonly (Tensor | undefined)[],
  attrs: A,
  updates: readonly Tensor[] = [],
  options: RunOptions = {},
): Promise<OpRun> {
  const shapes = op.inputs.map((_, i) => inputs[i]?.shape)
  const output = op.shape(shapes, attrs)
  const io = { inputs: shapes, output, attrs }
  const variant = variantOf(op, cls, io)
  const code = sourceOf(variant, io)
  const owned: GPUBuffer[] = []
  const buffer = (data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>) => {
    const made = device.createBuffer({
      size: Math.max(16, data.byteLength),
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    })
    device.queue.writeBuffer(made, 0, data)
    owned.push(made)
    return made
  }
  const dummy = buffer(new Float32Array(4))
  const reads = op.inputs.map((_, i) => (inputs[i] ? buffer(inputs[i].data) : dummy))
  const states = updates.map((u) => buffer(u.data))
  const out = op.output === null ? [] : [buffer(new Float32Array(sizeOf(output)).fill(NaN))]
  const layoutEntries: GPUBindGroupLayoutEntry[] = [
    ...reads.map(() => 'read-only-storage' as const),
    ...states.map(() => 'storage' as const),
    ...out.map(() => 'storage' as const),
    ...(op.parts ? ['uniform' as const] : []),
  ].map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } }))
  const layout = device.createBindGroupLayout({ entries: layoutEntries })
  const module = device.createShaderModule({ code, label: op.name })
  for (const m of (await module.getCompilationInfo()).messages) {
    if (m.type === 'error') throw new Error(`[${op.name}] ${m.lineNum}:${m.linePos} ${m.message}\n${code}`)
  }
  const pipeline = await device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: 'main' },
  })
  const total = variant.workgroups(io)
  const step = op.parts ? (options.groupsPerPart ?? total) : total
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  for (let base = 0; base < total; base += step) {
    const bound = [...reads, ...states, ...out]
    if (op.parts) {
      const part = device.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST })
      device.queue.writeBuffer(part, 0, new Uint32Array([base, 0, 0, 0]))
      owned.push(part)
      bound.push(part)
    }
    pass.setBindGroup(0, device.createBindGroup({ layout, entries: bound.map((b, binding) => ({ binding, resource: { buffer: b } })) }))
    pass.dispatchWorkgroups(...foldGroups(Math.min(step, total - base)))
  }
  pass.end()
  const read = (source: GPUBuffer, bytes: number) => {
    const staging = device.createBuffer({ size: source.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    owned.push(staging)
    encoder.copyBufferToBuffer(source, 0, staging, 0, source.size)
    return async () => {
      await staging.mapAsync(GPUMapMode.READ)
      return new Float32Array(staging.getMappedRange().slice(0, bytes))
    }
  }
  const pendingOut = out.map((b) => read(b, 4 * sizeOf(output)))
  const pendingStates = states.map((b, i) => read(b, updates[i]!.data.byteLength))
  device.queue.submit([encoder.finish()])
  const result = { output: (await pendingOut[0]?.()) ?? new Float32Array(0), updates: await Promise.all(pendingStates.map((p) => p())) }
  owned.forEach((b) => b.destroy())
  return result
}

/** The classes that an op really has: one entry for `any`. */
export function classesOf<A extends object>(op: Op<A>): KernelClass[] {
  return 'any' in op.variants ? ['register'] : ['register', 'tiled']
}
