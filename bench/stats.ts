/** Timing that is fair to both sides: runs take turns, and medians are compared. */

export function median(values: readonly number[]): number {
  if (!values.length) throw new RangeError('a median needs a value')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export interface Budget {
  /** Runs of each side, at most. */
  readonly runs: number
  /** Milliseconds for all runs of both sides; at least one of each is made. */
  readonly ms: number
}

/** Runs of each side, and milliseconds for all of them. */
export const BUDGETS = { quick: { runs: 3, ms: 2500 }, whole: { runs: 15, ms: 20_000 } } as const satisfies Record<string, Budget>

/** What takes turns with others. */
export interface Turn {
  /** Before each run, and no part of its time. */
  use?(): Promise<unknown>
  run(): Promise<unknown>
}

/** Milliseconds of each run of each side, after one run of each that is not counted. */
export async function takeTurns(sides: readonly Turn[], { runs, ms }: Budget): Promise<number[][]> {
  const turn = async (side: Turn) => {
    await side.use?.()
    return timed(() => side.run())
  }
  for (const side of sides) await turn(side)
  const times: number[][] = sides.map(() => [])
  const started = performance.now()
  for (let run = 0; run < runs && (run === 0 || performance.now() - started < ms); run++) {
    for (const [i, side] of sides.entries()) times[i]!.push(await turn(side))
  }
  return times
}

export async function timed(job: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await job()
  return performance.now() - started
}

/** Largest |a - b| over the largest |b|; NaN on either side counts as infinite. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity
  let worst = 0
  let scale = 0
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!)
    worst = d <= worst ? worst : Number.isNaN(d) ? Infinity : d
    scale = Math.max(scale, Math.abs(b[i]!))
  }
  return worst === 0 ? 0 : worst / scale
}
