/** Compiles kernels: shader module, explicit bind group layout, pipeline; each text once. */
import { DeviceError } from '../errors.ts'

export interface CompiledKernel {
  /** Of group 0: bind groups can be made while the pipeline still compiles. */
  readonly layout: GPUBindGroupLayout
  /** There when `done` has resolved. */
  readonly pipeline: GPUComputePipeline | undefined
  /** Rejected with DeviceError `shader`, with the kernel's name and each compiler message under its source line. */
  readonly done: Promise<void>
}

/** The line of a compiler message with a caret under the column. */
function excerpt(source: string, message: GPUCompilationMessage): string {
  const line = source.split('\n')[message.lineNum - 1] ?? ''
  return `${message.lineNum}:${message.linePos} ${message.message}\n  ${line}\n  ${' '.repeat(Math.max(0, message.linePos - 1))}^`
}

/** @throws DeviceError `shader` */
async function compile(gpu: GPUDevice, name: string, layout: GPUBindGroupLayout, source: string): Promise<GPUComputePipeline> {
  gpu.pushErrorScope('validation') // the messages below say more than an uncaptured error would
  const module = gpu.createShaderModule({ label: name, code: source })
  void gpu.popErrorScope().catch(() => undefined)
  try {
    return await gpu.createComputePipelineAsync({
      label: name,
      layout: gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    })
  } catch (cause) {
    const { messages } = await module.getCompilationInfo()
    const errors = messages.filter((m) => m.type === 'error').map((m) => excerpt(source, m))
    const detail = errors.length ? errors.join('\n') : String((cause as Error).message)
    throw new DeviceError('shader', `[${name}] the shader must compile, got\n${detail}`, { cause })
  }
}

/** The kernels of a device, by their final source. */
export class Pipelines {
  readonly #gpu: GPUDevice
  readonly #guard: <T>(made: Promise<T>) => Promise<T>
  readonly #kernels = new Map<string, CompiledKernel>()
  /** By the types of their bindings. */
  readonly #layouts = new Map<string, GPUBindGroupLayout>()

  /** @param guard fails what a lost device would leave open */
  constructor(gpu: GPUDevice, guard: <T>(made: Promise<T>) => Promise<T>) {
    this.#gpu = gpu
    this.#guard = guard
  }

  /** As `Device.pipeline`. */
  get(name: string, bindings: readonly GPUBufferBindingType[], source: string): CompiledKernel {
    let kernel = this.#kernels.get(source)
    if (!kernel) {
      this.#kernels.set(source, (kernel = this.#make(name, this.#layout(bindings), source)))
      kernel.done.catch(() => this.#kernels.delete(source))
    }
    return kernel
  }

  #make(name: string, layout: GPUBindGroupLayout, source: string): CompiledKernel {
    const made = this.#guard(compile(this.#gpu, name, layout, source))
    const kernel = { layout, pipeline: undefined as GPUComputePipeline | undefined, done: made.then((p) => void (kernel.pipeline = p)) }
    return kernel
  }

  #layout(bindings: readonly GPUBufferBindingType[]): GPUBindGroupLayout {
    const key = bindings.join()
    let layout = this.#layouts.get(key)
    if (!layout) {
      const entries = bindings.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } }))
      this.#layouts.set(key, (layout = this.#gpu.createBindGroupLayout({ label: key, entries })))
    }
    return layout
  }
}
