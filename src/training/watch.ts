/** Looks after the loss while training goes on: whether it is finite is read back every few steps, and nothing waits for it. */
import { snapshot } from '../plan/snapshot.ts'
import type { Engine } from './engine.ts'
import type { Scores } from './evaluate.ts'

/** Steps between two looks. */
const STEPS = 4

/** Thrown within `fit` where the loss of the epoch is not finite. */
export class NotFinite extends Error {
  readonly scores: Scores

  constructor(scores: Scores) {
    super(`the loss is ${scores.logs.loss}`)
    this.scores = scores
  }
}

/** Of one epoch. */
export class Watch {
  readonly #engine: Engine
  #looking: Promise<void> | undefined
  #lastLook: number
  #found: NotFinite | undefined

  constructor(engine: Engine) {
    this.#engine = engine
    this.#lastLook = engine.progress.step
  }

  /** Begins to look, where it is time to. To be called between two steps. @throws NotFinite for what has been seen so far */
  look(): void {
    if (this.#found) throw this.#found
    const { step } = this.#engine.progress
    if (this.#looking || step - this.#lastLook < STEPS) return
    this.#lastLook = step
    this.#looking = this.read()
      .then(
        (scores) => {
          if (!Number.isFinite(scores.logs.loss)) this.#found = new NotFinite(scores)
        },
        () => undefined, // of a lost device the next step hears
      )
      .finally(() => (this.#looking = undefined))
  }

  /** Waits for the look that is under way, if one is. */
  async settled(): Promise<void> {
    await this.#looking
  }

  /** What the epoch's sums say so far, after the last step that was begun; steps may go on meanwhile. */
  async read(): Promise<Scores> {
    const { tally, store } = this.#engine
    const taken = await this.#engine.betweenSteps(() => snapshot(store, [...tally.parameters]))
    const sums = tally.named(await taken.values)
    return { logs: tally.logs(sums), details: tally.details(sums) }
  }

  /** What they say at its end. @throws NotFinite */
  async close(): Promise<Scores> {
    const scores = await this.read()
    if (!Number.isFinite(scores.logs.loss)) throw new NotFinite(scores)
    return scores
  }
}
