/** A model on another device, with all that it has on the one before. */
import type { Device } from '../device/device.ts'
import { DeviceError } from '../errors.ts'
import { snapshot } from '../plan/snapshot.ts'
import type { UploadOptions } from '../plan/parameter_store.ts'
import type { Engine, Luggage } from './engine.ts'
import { luggageOf } from './state.ts'

/**
 * All that a model has on its device: weights, whose files may be closed by now, the optimizer's state, and sums of an epoch that is not over. Of a
 * lost device what was kept; without that nothing, as long as all weights are as their sources have them. Between two steps.
 * @throws DeviceError; `lost` where values are gone with the device
 */
export async function packed(engine: Engine): Promise<Luggage> {
  const { device, store, network, kept, progress } = engine
  const weights = [...new Set(network.weights)]
  if (device.isLost) {
    if (kept) return luggageOf(engine, kept)
    const gone = weights.find((p) => store.isChanged(p))
    if (!gone) return {}
    const rule = 'a weight must be there to go on with another device'
    const rest = 'dispose the model to begin with the weights that it was made with'
    throw new DeviceError('lost', `[${gone.path}] ${rule}, got one that was lost with its device (${rest})`)
  }
  const sums = progress.position ? [...engine.tally.parameters] : []
  const all = [...weights, ...engine.moments, ...sums].filter((p) => store.has(p))
  const unchanged = new Set(weights.filter((p) => !store.isChanged(p)))
  const values = await (await snapshot(store, all)).values
  return { values: new Map(all.map((p, i) => [p, values[i]!])), unchanged }
}

/** See Model.moveTo. */
export function moveTo(engine: Engine, device: Device, options: Pick<UploadOptions, 'signal' | 'onProgress'>): Promise<void> {
  device.check()
  return engine.whileTraining(() =>
    engine.betweenSteps(async () => {
      if (engine.device === device) return
      await engine.move(device, { ...(await packed(engine)), ...options })
      engine.kept = undefined
    }),
  )
}
