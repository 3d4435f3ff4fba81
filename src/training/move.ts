/** A model on another device, with all that it has on the one before. */
import type { Device } from '../device/device.ts'
import { DeviceError } from '../errors.ts'
import type { Parameter } from '../parameter.ts'
import type { Engine } from './engine.ts'
import { setState, takeState, weightsOf } from './state.ts'

/** Every weight's values on the device; a file that they came from may be closed by now. */
async function weightsOn({ network, store }: Engine): Promise<Map<Parameter, Float32Array<ArrayBuffer>>> {
  const values = new Map<Parameter, Float32Array<ArrayBuffer>>()
  for (const p of new Set(network.weights)) values.set(p, (await store.read(p)) as Float32Array<ArrayBuffer>)
  return values
}

/** See Model.moveTo. */
export function moveTo(engine: Engine, device: Device): Promise<void> {
  device.check()
  return engine.whileTraining(async () => {
    const { device: from, store, network, kept } = engine
    if (from === device) return
    if (from.isLost && !kept) {
      const gone = network.weights.find((p) => store.isChanged(p))
      if (gone) throw new DeviceError('lost', `[${gone.path}] a weight must be there to be moved, got one that was lost with its device`)
      return engine.move(device, new Map())
    }
    const state = await takeState(engine)
    const values = from.isLost ? weightsOf(engine, state) : await engine.betweenSteps(() => weightsOn(engine))
    await engine.move(device, values)
    await setState(engine, state)
  })
}
