/** Compiles one kernel: shader module, explicit bind group layout, pipeline. */
import { DeviceError } from '../errors.ts'

export interface CompiledKernel {
  readonly pipeline: GPUComputePipeline
  readonly layout: GPUBindGroupLayout
}

/** The line of a compiler message with a caret under the column. */
function excerpt(source: string, message: GPUCompilationMessage): string {
  const line = source.split('\n')[message.lineNum - 1] ?? ''
  return `${message.lineNum}:${message.linePos} ${message.message}\n  ${line}\n  ${' '.repeat(Math.max(0, message.linePos - 1))}^`
}

/** @throws DeviceError `shader`, with the kernel's name and each compiler message under its source line. */
export async function compilePipeline(
  gpu: GPUDevice,
  name: string,
  bindings: readonly GPUBufferBindingType[],
  source: string,
): Promise<CompiledKernel> {
  const layout = gpu.createBindGroupLayout({
    label: name,
    entries: bindings.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
  })
  gpu.pushErrorScope('validation') // the messages below say more than an uncaptured error would
  const module = gpu.createShaderModule({ label: name, code: source })
  void gpu.popErrorScope().catch(() => undefined)
  try {
    const pipeline = await gpu.createComputePipelineAsync({
      label: name,
      layout: gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    })
    return { pipeline, layout }
  } catch (cause) {
    const { messages } = await module.getCompilationInfo()
    const errors = messages.filter((m) => m.type === 'error').map((m) => excerpt(source, m))
    const detail = errors.length ? errors.join('\n') : String((cause as Error).message)
    throw new DeviceError('shader', `[${name}] the shader must compile, got\n${detail}`, { cause })
  }
}
