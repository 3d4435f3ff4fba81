/** What every row does: both sides give the same, then they are timed in turns. */
import type { Device } from '../src/device/device.ts'
import { sizeOf, type Shape } from '../src/shape.ts'
import { random } from '../src/random.ts'
import { row, type Row } from './report.ts'
import { difference, median, takeTurns, type Budget } from './stats.ts'
import type { Tf } from './tfjs.ts'

export interface Bench {
  readonly device: Device
  readonly tf: Tf
  readonly budget: Budget
}

export interface RowSource {
  readonly name: string
  measure(bench: Bench): Promise<Row[]>
}

/** Sums of a few thousand products of values below 1, in another order: far below this, and a wrong kernel is far above. */
const TOLERANCE = 1e-3

/** Seeded, from -scale to scale. */
export function values(shape: Shape, seed: number, scale = 1): Float32Array<ArrayBuffer> {
  const next = random(seed)
  return Float32Array.from({ length: sizeOf(shape) }, () => (2 * next() - 1) * scale)
}

/** @throws Error unless both sides give the same */
export function expectSame(name: string, ours: ArrayLike<number>, theirs: ArrayLike<number>): void {
  const d = difference(ours, theirs)
  if (!(d <= TOLERANCE)) throw new Error(`${name}: both sides must give the same, got a difference of ${d} of the largest value`)
}

/** A row of the table: both sides compared once, then timed in turns. */
export async function compare(
  { budget }: Bench,
  name: string,
  ours: () => Promise<ArrayLike<number>>,
  theirs: () => Promise<ArrayLike<number>>,
): Promise<Row> {
  expectSame(name, await ours(), await theirs())
  const [a, b] = await takeTurns([ours, theirs], budget)
  return row(name, median(a!), median(b!))
}
