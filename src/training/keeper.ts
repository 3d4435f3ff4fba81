/** The last state of a training that is known to be good, in the host's memory: for a loss that is not finite, and for a device that is lost. */
import type { Engine } from './engine.ts'
import { beginState } from './state.ts'
import type { TrainerState } from './trainer_state.ts'

/** What keeping may cost, of the time of training. */
const SHARE = 0.02
/** Seconds between two states at least. */
const LEAST = 1
/** The host copies what it is given once; the device, and the driver, do so before. */
const COPIES = 3

/** Whether no value is NaN or an infinity, by their bits. */
function isFinite(values: Float32Array): boolean {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let i = 0; i < bits.length; i++) if ((bits[i]! & 0x7f800000) === 0x7f800000) return false
  return true
}

export class Keeper {
  readonly #engine: Engine
  #good: TrainerState | undefined
  #underWay: Promise<void> | undefined
  /** When the next one may be taken. */
  #next = 0
  /** The step's numbers since the state: taken again, steps shall have the same, whatever has become of the learning rate. */
  readonly #hypers = new Map<number, Float32Array>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  get good(): TrainerState | undefined {
    return this.#good
  }

  /** Notes the numbers of a step, or gives those that it had before. */
  hyper(step: number, make: () => Float32Array): Float32Array {
    let hyper = this.#hypers.get(step)
    if (!hyper) this.#hypers.set(step, (hyper = make()))
    return hyper
  }

  /** Takes a state where it is time to, between two steps; these go on meanwhile. */
  async keep(): Promise<void> {
    if (this.#underWay || performance.now() < this.#next) return
    const begun = performance.now()
    let inTurn = 0
    const taken = beginState(this.#engine).then(async ({ value }) => {
      inTurn = performance.now() - begun
      this.#take(await value, inTurn / 1000)
    })
    this.#underWay = taken
      .catch(() => void (this.#next = performance.now() + 60_000)) // no room for it, or the device is lost, which the next step will say
      .finally(() => (this.#underWay = undefined))
    await this.#engine.betweenSteps(() => undefined) // the copies are on their way
  }

  #take(state: TrainerState, seconds: number): void {
    const begun = performance.now()
    const { weights, moments, sums } = state
    const values = [weights, moments].flatMap((v) => Object.values(v))
    const loss = state.position ? this.#engine.tally.logs(sums).loss : 0
    if (Number.isFinite(loss) && values.every(isFinite)) {
      this.#good = state
      for (const step of this.#hypers.keys()) if (step <= state.step) this.#hypers.delete(step)
    }
    const cost = seconds + (COPIES * (performance.now() - begun)) / 1000
    this.#next = performance.now() + 1000 * Math.max(LEAST, cost / SHARE)
  }

  /** Waits for the state that is on its way, if one is. */
  async settled(): Promise<void> {
    await this.#underWay
  }
}
