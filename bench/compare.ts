/** What every row does: all sides give the same, then they are timed in turns. */
import type { Device } from '../src/device/device.ts'
import { random } from '../src/random.ts'
import { sizeOf, type Shape } from '../src/shape.ts'
import { row, THAW, type Failure, type Row } from './report.ts'
import { difference, median, takeTurns, timed, type Budget } from './stats.ts'
import type { Tf } from './tfjs.ts'

export interface Peer {
  /** As in the report: `tfjs-webgpu`. */
  readonly name: string
  readonly tf: Tf
  /** Makes its backend the one that `tf` uses, where there are several. */
  use?(): Promise<unknown>
}

export interface Bench {
  readonly device: Device
  /** None: Thaw is timed alone. */
  readonly peers: readonly Peer[]
  readonly budget: Budget
}

/** A side of a row, ready to run: values in, values out. */
export interface Job {
  run(): Promise<ArrayLike<number>>
  dispose(): void
}

/** What all sides of a row compute. */
export interface Work {
  /** Floating-point operations of one run, as Thaw's ops count them. */
  readonly flops: number
  ours(device: Device): Promise<Job>
  theirs(tf: Tf): Promise<Job>
}

export interface RowSource {
  readonly name: string
  /** Of a network the first run is a row of its own: it brings the weights to the GPU and compiles the pipelines. */
  readonly kind: 'layer' | 'training' | 'network'
  /** Whether it is measured where time is short. */
  readonly quick: boolean
  work(): Work | Promise<Work>
}

/** What came of a source: its rows, and which sides have no time, and why. */
export interface Measured {
  readonly rows: readonly Row[]
  readonly failed: readonly Failure[]
}

/** Sums of a few thousand products of values below 1, in another order: far below this, and a wrong kernel is far above. */
const TOLERANCE = 1e-3

/** Seeded, from -scale to scale. */
export function values(shape: Shape, seed: number, scale = 1): Float32Array<ArrayBuffer> {
  const next = random(seed)
  return Float32Array.from({ length: sizeOf(shape) }, () => (2 * next() - 1) * scale)
}

/** A side that has run once. */
interface Side {
  readonly name: string
  readonly job: Job
  readonly firstMs: number
  readonly values: ArrayLike<number>
  /** Of its values from ours, relative to the largest. */
  readonly difference: number
  use?(): Promise<unknown>
  run(): Promise<unknown>
}

async function first({ name, use }: Pick<Peer, 'name' | 'use'>, open: () => Promise<Job>, ours?: ArrayLike<number>): Promise<Side> {
  await use?.()
  const job = await open()
  try {
    let values: ArrayLike<number> = []
    const firstMs = await timed(async () => (values = await job.run()))
    const side = { name, job, firstMs, values, difference: difference(ours ?? values, values), run: () => job.run() }
    return use ? { ...side, use } : side
  } catch (error) {
    job.dispose()
    throw error
  }
}

/**
 * Compares all sides once and times those that give the same in turns; none where no peer gives what Thaw gives. An error of a side is noted, and
 * the others go on.
 */
export async function measure(source: RowSource, { device, peers, budget }: Bench): Promise<Measured> {
  const failed: Failure[] = []
  const fail = (side: string, error: unknown) =>
    void failed.push({ row: source.name, side, why: error instanceof Error ? error.message : String(error) })
  const opened: Side[] = []
  try {
    const work = await source.work()
    const ours = await first({ name: THAW }, () => work.ours(device))
    opened.push(ours)
    for (const peer of peers) {
      await first(peer, () => work.theirs(peer.tf), ours.values).then(
        (side) => opened.push(side),
        (error: unknown) => fail(peer.name, error),
      )
    }
    const [same, other] = [[ours], []] as [Side[], Side[]]
    for (const side of opened.slice(1)) (side.difference <= TOLERANCE ? same : other).push(side)
    for (const { name, difference } of other)
      fail(name, `its values differ from Thaw's by ${difference.toPrecision(2)} of the largest: not timed`)
    if (other.length && same.length === 1) fail(THAW, 'not timed, since no other side gives the same')
    else return { rows: await rowsOf(source, work.flops, same, budget), failed }
  } catch (error) {
    fail(THAW, error)
  } finally {
    for (const { job } of opened) job.dispose()
  }
  return { rows: [], failed }
}

async function rowsOf({ name, kind }: RowSource, flops: number, sides: readonly Side[], budget: Budget): Promise<Row[]> {
  const made = (title: string, times: readonly number[]) =>
    row(
      title,
      flops,
      times[0]!,
      sides.slice(1).map(({ name, difference }, i) => ({ name, medianMs: times[i + 1]!, difference })),
    )
  const turns = made(kind === 'network' ? `${name} predict, warm` : name, (await takeTurns(sides, budget)).map(median))
  return kind === 'network'
    ? [
        made(
          `${name} predict, cold`,
          sides.map(({ firstMs }) => firstMs),
        ),
        turns,
      ]
    : [turns]
}
