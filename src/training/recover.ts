/** A device that is lost is an event: another one takes its place, and training goes on from the last state that was kept. */
import { DeviceError } from '../errors.ts'
import type { Device } from '../device/device.ts'
import type { Session } from './epochs.ts'
import { luggageOf } from './state.ts'
import type { TrainerState } from './trainer_state.ts'

/** Losses without a single new step in between, after which it is the work that no device survives. */
const MOST_IN_VAIN = 3

/** Whether an error comes of a device that is lost. What a driver says first may be something else. */
async function isLoss(device: Device, error: unknown): Promise<boolean> {
  if (error instanceof DeviceError && error.code === 'disposed') return false
  if (!device.isLost) await new Promise((resolve) => setTimeout(resolve, 0))
  return device.isLost
}

/** Counts losses, of one training. */
export class Recovery {
  #step = -1
  #inVain = 0

  /**
   * Brings the model to another device, where there can be one.
   * @throws the error, where it has another cause or `recover` is false; DeviceError `lost` where no other device can be had
   */
  async from(error: unknown, session: Session): Promise<void> {
    const { engine, keeper, options, told } = session
    if (!(await isLoss(engine.device, error))) throw error
    await keeper.settled()
    const { good } = keeper
    engine.kept = good
    this.#inVain = told.step > this.#step ? 1 : this.#inVain + 1
    this.#step = told.step
    if (!good || options.recover === false || !engine.device.reopens || this.#inVain > MOST_IN_VAIN) throw error
    options.signal?.throwIfAborted()
    try {
      await this.#move(session, good)
    } catch (cause) {
      if (cause instanceof DeviceError && cause.code === 'disposed') throw cause
      const rule = 'a lost device must be opened again, and have its weights again'
      const rest = `trainerState() gives the state after step ${good.step}`
      throw new DeviceError('lost', `[fit] ${rule}, got ${(cause as Error).message} (${rest})`, { cause })
    }
    engine.kept = undefined
  }

  async #move({ engine, options }: Session, good: TrainerState): Promise<void> {
    for (let i = 1; ; i++) {
      let { device } = engine
      try {
        device = await device.reopen()
        await engine.move(device, luggageOf(engine, good))
        return
      } catch (error) {
        const again = i < MOST_IN_VAIN && (await isLoss(device, error)) && !options.signal?.aborted
        if (!again) throw error
      }
    }
  }
}
