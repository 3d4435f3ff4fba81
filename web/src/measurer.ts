/** What the page and the worker that measures tell each other. */
import type { Failure, Peak, Row } from '../../bench/report.ts'

export interface MeasuredRow {
  readonly name: string
  readonly kind: 'layer' | 'training' | 'network'
  /** Whether it is measured where time is short. */
  readonly quick: boolean
}

export interface MeasureOptions {
  /** Names of what is measured. */
  readonly rows: readonly string[]
  readonly budget: 'quick' | 'whole'
  /** Whether the site was built with peers. */
  readonly peers: boolean
}

export interface Measurer {
  rows(): Promise<readonly MeasuredRow[]>
  /** Ends when all is measured, or was stopped. */
  measure(options: MeasureOptions): Promise<void>
  /** Behind the row that is being measured. */
  stop(): Promise<void>
}

/** What the worker tells while it measures. */
export type MeasureTold =
  | { readonly type: 'adapter'; readonly adapter: string; readonly peak: Peak }
  | { readonly type: 'begins'; readonly row: string }
  /** A peer that does not start has failed, too. */
  | { readonly type: 'measured'; readonly rows: readonly Row[]; readonly failed: readonly Failure[] }
