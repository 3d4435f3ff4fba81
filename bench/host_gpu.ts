/** What an engine asks of the GPU's driver, counted and timed from outside: the same for every engine. */

/** Sums since the last reset. */
export interface Watch {
  /** Compute pipelines made. */
  readonly pipelines: number
  /** Characters of all shader modules. */
  readonly shaderBytes: number
  /** Milliseconds in which at least one shader module or pipeline was in the making. */
  readonly compileMs: number
  /** When the last submit returned, on the clock of `performance.now()`. */
  readonly submitted: number
  reset(): void
}

/** Makes `target.name` call `instead`, which gets the method as it was. */
function replace<T extends object, K extends keyof T & string>(target: T, name: K, instead: (method: T[K]) => T[K]): void {
  const method = (target[name] as unknown as (...args: unknown[]) => unknown).bind(target) as unknown as T[K]
  Object.defineProperty(target, name, { value: instead(method), configurable: true })
}

class Counter implements Watch {
  pipelines = 0
  shaderBytes = 0
  compileMs = 0
  submitted = 0
  #open = 0
  #since = 0

  reset(): void {
    this.pipelines = this.shaderBytes = this.compileMs = this.submitted = 0
  }

  begin(): void {
    if (this.#open++ === 0) this.#since = performance.now()
  }

  readonly end = (): void => {
    if (--this.#open === 0) this.compileMs += performance.now() - this.#since
  }

  attach(device: GPUDevice): void {
    replace(device, 'createShaderModule', (make) => (descriptor) => {
      this.shaderBytes += descriptor.code.length
      this.begin()
      const module = make(descriptor)
      this.end()
      return module
    })
    replace(device, 'createComputePipeline', (make) => (descriptor) => {
      this.pipelines++
      this.begin()
      const pipeline = make(descriptor)
      this.end()
      return pipeline
    })
    replace(device, 'createComputePipelineAsync', (make) => (descriptor) => {
      this.pipelines++
      this.begin()
      return make(descriptor).finally(this.end)
    })
    replace(device.queue, 'submit', (submit) => (buffers) => {
      submit(buffers)
      this.submitted = performance.now()
    })
  }
}

/** Watches every device that is opened from here on. */
export function watch(gpu: GPU): Watch {
  const counter = new Counter()
  replace(gpu, 'requestAdapter', (request) => async (options) => {
    const adapter = await request(options)
    if (adapter) {
      replace(adapter, 'requestDevice', (open) => async (descriptor) => {
        const device = await open(descriptor)
        counter.attach(device)
        return device
      })
    }
    return adapter
  })
  return counter
}
