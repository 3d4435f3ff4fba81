/** The page's end of the worker. */
import type { Engine, Told } from './messages.ts'
import { complain } from './notice.ts'
import { connect } from './rpc.ts'

const listeners = new Set<(message: Told) => void>()

/** Hears what the engine tells unasked. */
export const listen = (listener: (message: Told) => void): void => void listeners.add(listener)

const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })

export const engine = connect<Engine>(
  worker,
  (message) => listeners.forEach((listener) => listener(message as Told)),
  (why) => complain(`The engine stopped: ${why}. Reload the page; your project is kept.`),
)
