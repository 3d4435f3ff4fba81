/**
 * Runs one variant of an op on plain arrays, through raw WebGPU and nothing of the engine but the kernel contract:
 * an independent check of what the plan does. Outputs are filled with NaN first, so that an element nobody wrote is seen. Every shader is
 * held to the contract.
 */
import { BASE_CAPS, type Caps } from '../../src/caps.ts'
import { foldGroups, type KernelIO, type Op, type Slice, type Variant } from '../../src/kernels/kernel.ts'
import { packSizes, sizesBytes } from '../../src/kernels/sizes.ts'
import { bytesOf } from '../../src/dtype.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'
import { checkContract, checkCounts } from './contract.ts'
import type { TestGpu } from './gpu.ts'

export interface Tensor {
  readonly shape: Shape
  readonly data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>
}

export interface OpRun {
  /** Values of f32, or the numbers that bytes are. */
  readonly output: Float32Array
  readonly updates: Float32Array[]
}

export interface RunOptions {
  /** Cut the dispatch into parts of this many workgroups. */
  readonly groupsPerPart?: number
  /** Write into a wider tensor, which is what comes back. */
  readonly slice?: Slice
}

/** Compiled before, by text: cases that differ by sizes alone share them. */
const pipelines = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>()

function pipelineOf<A extends object>(
  device: GPUDevice,
  op: Op<A>,
  attrs: A,
  code: string,
  entries: GPUBindGroupLayoutEntry[],
): Promise<GPUComputePipeline> {
  const known = pipelines.get(device) ?? new Map<string, Promise<GPUComputePipeline>>()
  pipelines.set(device, known)
  const made = known.get(code) ?? compile(device, op, attrs, code, entries)
  known.set(code, made)
  return made
}

async function compile<A extends object>(
  device: GPUDevice,
  op: Op<A>,
  attrs: A,
  code: string,
  entries: GPUBindGroupLayoutEntry[],
): Promise<GPUComputePipeline> {
  const module = device.createShaderModule({ code, label: op.name })
  for (const m of (await module.getCompilationInfo()).messages) {
    if (m.type === 'error') throw new Error(`[${op.name}] ${m.lineNum}:${m.linePos} ${m.message}\n${code}`)
  }
  checkContract(op, attrs, code)
  const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] })
  return device.createComputePipelineAsync({ layout, compute: { module, entryPoint: 'main' } })
}

export async function runOp<A extends object>(
  { device }: TestGpu,
  op: Op<A>,
  { variant, caps }: Choice<A>,
  inputs: readonly (Tensor | undefined)[],
  attrs: A,
  updates: readonly Tensor[] = [],
  options: RunOptions = {},
): Promise<OpRun> {
  const { slice } = options
  const io = { ...ioOf(op, inputs, attrs), ...(slice && { slice }) }
  const output = slice ? [...io.output.slice(0, -1), slice.width] : io.output
  const { wgsl: code, sizes, groups: total } = variant.kernel(io, caps)
  checkCounts(op, io, total)
  const owned: GPUBuffer[] = []
  const trueBytes = new Map<GPUBuffer, number>()
  const buffer = (data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>) => {
    const made = device.createBuffer({
      size: Math.max(16, data.byteLength),
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    })
    device.queue.writeBuffer(made, 0, data)
    owned.push(made)
    trueBytes.set(made, data.byteLength)
    return made
  }
  const dummy = buffer(new Float32Array(4))
  const reads = op.inputs.map((_, i) => (inputs[i] ? buffer(inputs[i].data) : dummy))
  const states = updates.map((u) => buffer(u.data))
  const dtype = op.dtypes?.(attrs)[op.output ?? ''] ?? 'f32'
  const outBytes = bytesOf({ shape: output, dtype })
  const out = op.output === null ? [] : [buffer(new Float32Array(outBytes / 4).fill(NaN))]
  const layoutEntries: GPUBindGroupLayoutEntry[] = [
    ...reads.map(() => 'read-only-storage' as const),
    ...states.map(() => 'storage' as const),
    ...out.map(() => 'storage' as const),
    'uniform' as const,
  ].map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } }))
  const pipeline = await pipelineOf(device, op, attrs, code, layoutEntries)
  const layout = pipeline.getBindGroupLayout(0)
  const step = options.groupsPerPart ?? total
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  for (let base = 0; base < total; base += step) {
    const block = new Uint32Array(sizesBytes(code) / 4)
    packSizes(code, sizes, base, new DataView(block.buffer), 0)
    const uniform = device.createBuffer({ size: block.byteLength, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST })
    device.queue.writeBuffer(uniform, 0, block)
    owned.push(uniform)
    const bound: GPUBindingResource[] = [...reads, ...states, ...out].map((b) => ({ buffer: b, size: trueBytes.get(b)! }))
    bound.push({ buffer: uniform })
    pass.setBindGroup(0, device.createBindGroup({ layout, entries: bound.map((resource, binding) => ({ binding, resource })) }))
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
  const pendingOut = out.map((b) => read(b, outBytes))
  const pendingStates = states.map((b, i) => read(b, updates[i]!.data.byteLength))
  device.queue.submit([encoder.finish()])
  const words = (await pendingOut[0]?.()) ?? new Float32Array(0)
  const values = dtype === 'u8' ? Float32Array.from(new Uint8Array(words.buffer, 0, sizeOf(output))) : words
  const result = { output: values, updates: await Promise.all(pendingStates.map((p) => p())) }
  owned.forEach((b) => b.destroy())
  return result
}

/** A variant, and the adapter that it is made for. */
export interface Choice<A> {
  readonly name: string
  readonly variant: Variant<A>
  readonly caps: Caps
}

const SOFTWARE: Caps = { ...BASE_CAPS, software: true }

/** Every variant that can run these shapes, on a GPU or on a software adapter; once where both get the same shader. */
export function choicesOf<A extends object>(op: Op<A>, io: KernelIO<A>): Choice<A>[] {
  return op.variants.flatMap((variant) => {
    const on = [SOFTWARE, BASE_CAPS].filter((caps) => variant.time(io, caps) < Infinity)
    const texts = on.map((caps) => variant.kernel(io, caps).wgsl)
    const distinct = on.filter((_, i) => texts.indexOf(texts[i]!) === i)
    return distinct.map((caps) => ({
      name: distinct.length > 1 ? `${variant.name}, ${caps.software ? 'software' : 'GPU'}` : variant.name,
      variant,
      caps,
    }))
  })
}

/** Of an op that has a single variant. */
export function onlyChoice<A extends object>(op: Op<A>): Choice<A> {
  const [variant, ...others] = op.variants
  if (!variant || others.length) throw new Error(`${op.name} must have one variant, got ${op.variants.length}`)
  return { name: variant.name, variant, caps: BASE_CAPS }
}

/** The shapes that an op is run with. */
export function ioOf<A extends object>(op: Op<A>, inputs: readonly (Tensor | undefined)[], attrs: A): KernelIO<A> {
  const shapes = op.inputs.map((_, i) => inputs[i]?.shape)
  return { inputs: shapes, output: op.shape(shapes, attrs), attrs }
}
