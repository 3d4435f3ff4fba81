/** Plans that are kept for their next use, of all models of a device. */
import { isOutOfMemory } from '../errors.ts'

/** A plan, or what comes with one. */
export interface Kept {
  /** Bytes that only this one has; what plans share is counted by the cache. */
  readonly ownBytes: number
  dispose(): void
}

interface Entry {
  readonly owner: object
  readonly key: string
  readonly made: Promise<Kept>
  /** When it is made. */
  plan: Kept | undefined
  users: number
}

/** More than one uses at a time; those for sizes that never come again take room that is not counted, such as their graphs. */
const MOST_PLANS = 64

export class PlanCache {
  readonly #budget: number
  readonly #sharedBytes: () => number
  /** The least recently used first. */
  readonly #entries = new Set<Entry>()

  /**
   * @param budget bytes that all plans together may keep for their next use
   * @param sharedBytes bytes that they share now
   */
  constructor(budget: number, sharedBytes: () => number) {
    this.#budget = budget
    this.#sharedBytes = sharedBytes
  }

  /**
   * Works with a plan, which is made when there is none by this key; whoever asks for one that is being made gets the same. It is kept as
   * long as there is room: beyond the budget or 64 plans, or where memory is used up, those that nobody works with are dropped, the least recently used
   * first. The last one that was asked for stays.
   * @param owner whose plan it is: see `drop`
   * @throws as `make` and `job` do
   */
  async use<K extends Kept, T>(owner: object, key: string, make: () => Promise<K>, job: (plan: K) => Promise<T>): Promise<T> {
    const entry = this.#find(owner, key) ?? this.#add(owner, key, make)
    this.#entries.delete(entry)
    this.#entries.add(entry)
    entry.users++
    try {
      const plan = await entry.made
      this.#trim() // what is idle, so that it takes no room while the job runs
      return await job(plan as K)
    } finally {
      entry.users--
      this.#trim()
    }
  }

  #find(owner: object, key: string): Entry | undefined {
    for (const e of this.#entries) if (e.owner === owner && e.key === key) return e
    return undefined
  }

  #add(owner: object, key: string, make: () => Promise<Kept>): Entry {
    const entry: Entry = { owner, key, made: this.makeRoom(make), plan: undefined, users: 0 }
    entry.made.then(
      (plan) => {
        if (this.#entries.has(entry)) entry.plan = plan
        else plan.dispose() // dropped meanwhile
      },
      () => this.#entries.delete(entry),
    )
    return entry
  }

  /** Makes something. Where memory is used up, gives up what nobody works with, and tries once more. @throws as `make` does */
  async makeRoom<K>(make: () => Promise<K>): Promise<K> {
    try {
      return await make()
    } catch (error) {
      if (!isOutOfMemory(error) || !this.#idle().length) throw error
      for (const e of this.#idle()) this.#remove(e)
      return make()
    }
  }

  #idle(): Entry[] {
    return [...this.#entries].filter((e) => e.plan && !e.users)
  }

  /** Bytes of all plans that are kept, and of what they share. */
  get bytes(): number {
    return [...this.#entries].reduce((sum, e) => sum + (e.plan?.ownBytes ?? 0), this.#sharedBytes())
  }

  #trim(): void {
    const last = [...this.#entries].at(-1)
    for (const e of this.#idle()) {
      if (this.bytes <= this.#budget && this.#entries.size <= MOST_PLANS) return
      if (e !== last) this.#remove(e)
    }
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry)
    entry.plan?.dispose()
  }

  /** Drops all plans of an owner, those that are being made and those at work included. */
  drop(owner: object): void {
    for (const e of this.#entries) if (e.owner === owner) this.#remove(e)
  }
}
