/** Calls across a worker's border: every method of an object there becomes one here. */

interface Call {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

/** An error, as it crosses. */
interface Failure {
  readonly name: string
  readonly code?: string | undefined
  readonly message: string
}

type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly failure: Failure })

/** What a method of the worker threw. */
export class RemoteError extends Error {
  /** Of a ThawError, else the error's name. */
  readonly code: string
  constructor({ name, code, message }: Failure) {
    super(message)
    this.name = 'RemoteError'
    this.code = code ?? name
  }
}

type Methods<T> = Record<keyof T & string, (...args: never[]) => Promise<unknown>>

/** In the page. @param told hears what the worker posts beside answers; @param failed that the worker itself broke */
export function connect<T extends Methods<T>>(worker: Worker, told: (message: unknown) => void, failed: (why: string) => void): T {
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let last = 0
  worker.addEventListener('message', ({ data }: MessageEvent<Answer | { told: unknown }>) => {
    if ('told' in data) return told(data.told)
    const call = open.get(data.id)!
    open.delete(data.id)
    if ('failure' in data) call.reject(new RemoteError(data.failure))
    else call.resolve(data.value)
  })
  worker.addEventListener('error', (event) => failed(event.message || 'the engine could not be loaded'))
  const ask = (method: string, args: readonly unknown[]) =>
    new Promise((resolve, reject) => {
      const id = ++last
      open.set(id, { resolve, reject })
      const moved = args.filter((arg): arg is ImageBitmap => arg instanceof ImageBitmap)
      worker.postMessage({ id, method, args } satisfies Call, moved)
    })
  return new Proxy({} as T, {
    get:
      (_, method: string) =>
      (...args: unknown[]) =>
        ask(method, args),
  })
}

/** In the worker. */
export function serve<T extends Methods<T>>(methods: T): void {
  const byName = methods as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
  self.addEventListener('message', ({ data: { id, method, args } }: MessageEvent<Call>) => {
    const answer = async () => byName[method]!(...args) // a method that throws at once is answered, too
    answer().then(
      (value) => self.postMessage({ id, value } satisfies Answer),
      (error: unknown) => self.postMessage({ id, failure: failureOf(error) } satisfies Answer),
    )
  })
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { code } = error as { code?: unknown }
  return { name: error.name, code: typeof code === 'string' ? code : undefined, message: error.message }
}

/** In the worker: posts what nobody has asked for. */
export const tell = (message: unknown): void => self.postMessage({ told: message })
