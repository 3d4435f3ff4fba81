/** What all plans of one device share. */
import type { Device } from '../device/device.ts'
import { Turns } from '../turns.ts'
import { Arena } from './arena.ts'
import { PreparedTensors } from './prepared.ts'

export interface Shared {
  readonly arena: Arena
  readonly prepared: PreparedTensors
  /** Runs follow each other: a run that is cut into several submits has the arena to itself until the last. */
  readonly turns: Turns
}

const all = new WeakMap<Device, Shared>()

export function sharedOf(device: Device): Shared {
  let shared = all.get(device)
  if (!shared) all.set(device, (shared = { arena: new Arena(device), prepared: new PreparedTensors(device), turns: new Turns() }))
  return shared
}
