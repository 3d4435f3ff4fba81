/** Compiles one kernel: shader module, explicit bind group layout from the op's declaration, pipeline. */
import { DeviceError } from '../errors.ts'
import type { Op } from '../kernels/kernel.ts'

export interface CompiledKernel {
  readonly pipeline: GPUComputePipeline
  readonly layout: GPUBindGroupLayout
}

/** Binding types of an op, in binding order. */
function bindingTypes(op: Op): GPUBufferBindingType[] {
  return [
    ...op.inputs.map(() => 'read-only-storage' as const),
    ...(op.updates ?? []).map(() => 'storage' as const),
    ...(op.output === null ? [] : ['storage' as const]),
    ...(op.parts ? ['uniform' as const] : []),
  ]
}

/** The line of a compiler message with a caret under the column. */
function excerpt(source: string, message: GPUCompilationMessage): string {
  const line = source.split('\n')[message.lineNum - 1] ?? ''
  return `${message.lineNum}:${message.linePos} ${message.message}\n  ${line}\n  ${' '.repeat(Math.max(0, message.linePos - 1))}^`
}

/** @throws DeviceError `shader`, with the kernel's name and each compiler message under its source line. */
export async function compilePipeline(gpu: GPUDevice, op: Op, source: string): Promise<CompiledKernel> {
  const layout = gpu.createBindGroupLayout({
    label: op.name,
    entries: bindingTypes(op).map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
  })
  gpu.pushErrorScope('validation') // the messages below say more than an uncaptured error would
  const module = gpu.createShaderModule({ label: op.name, code: source })
  void gpu.popErrorScope().catch(() => undefined)
  try {
    const pipeline = await gpu.createComputePipelineAsync({
      label: op.name,
      layout: gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    })
    return { pipeline, layout }
  } catch (cause) {
    const { messages } = await module.getCompilationInfo()
    const errors = messages.filter((m) => m.type === 'error').map((m) => excerpt(source, m))
    const detail = errors.length ? errors.join('\n') : String((cause as Error).message)
    throw new DeviceError('shader', `[${op.name}] the shader must compile, got\n${detail}`, { cause })
  }
}
