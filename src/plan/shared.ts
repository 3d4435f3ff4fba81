/** What all plans of one device share. */
import type { Device } from '../device/device.ts'
import { Turns } from '../turns.ts'
import { Arena } from './arena.ts'
import { PlanCache } from './plan_cache.ts'
import { PreparedTensors } from './prepared.ts'

export interface Shared {
  readonly arena: Arena
  readonly prepared: PreparedTensors
  /** Runs follow each other: a run that is cut into several submits has the arena to itself until the last. */
  readonly turns: Turns
  readonly plans: PlanCache
}

const all = new WeakMap<Device, Shared>()

export function sharedOf(device: Device): Shared {
  let shared = all.get(device)
  if (!shared) {
    const [arena, prepared] = [new Arena(device), new PreparedTensors(device)]
    shared = { arena, prepared, turns: new Turns(), plans: new PlanCache(device.planMemory, () => arena.bytes + prepared.bytes) }
    all.set(device, shared)
  }
  return shared
}

/** The plans that are kept on a device. */
export function plansOf(device: Device): PlanCache {
  return sharedOf(device).plans
}
