/** What the bench says, in Node and in the site's Measure: a table for people, JSON for programs. */

export const THAW = 'Thaw'
export const PEER = 'tfjs-webgpu'

export interface Timing {
  readonly medianMs: number
}

/** By peer: those that were timed. */
type ByPeer<T> = Readonly<Record<string, T>>

export interface Row {
  readonly name: string
  /** Floating-point operations of one run, as Thaw's ops count them. */
  readonly flops: number
  readonly ours: Timing
  readonly peers: ByPeer<Timing>
  /** The peer's time over ours: above 1 we are faster. */
  readonly ratio: ByPeer<number>
  /** Of the peer's values from ours before anything was timed, relative to the largest. */
  readonly difference: ByPeer<number>
}

/** A side that has no time. */
export interface Failure {
  /** What was measured; of a network without `predict, cold` and `predict, warm`. */
  readonly row: string
  /** `Thaw`, or the peer. */
  readonly side: string
  readonly why: string
}

export interface Peak {
  /** Of multiply-adds in registers. */
  readonly gflops: number
  /** Of copies between buffers. */
  readonly copyGBs: number
}

export interface Report {
  readonly adapter: string
  readonly peak: Peak
  readonly rows: readonly Row[]
  readonly failed: readonly Failure[]
}

export function row(name: string, flops: number, oursMs: number, peers: readonly (Timing & { name: string; difference: number })[]): Row {
  const by = <T>(of: (peer: (typeof peers)[number]) => T): ByPeer<T> => Object.fromEntries(peers.map((peer) => [peer.name, of(peer)]))
  return {
    name,
    flops,
    ours: { medianMs: oursMs },
    peers: by(({ medianMs }) => ({ medianMs })),
    ratio: by(({ medianMs }) => medianMs / oursMs),
    difference: by(({ difference }) => difference),
  }
}

/** Peers that have a time in some row. */
export const peersOf = (rows: readonly Row[]): string[] => [...new Set(rows.flatMap(({ peers }) => Object.keys(peers)))]

/** What Thaw reaches, upload and reading back included, and which share of the peak that is. */
export function reached({ flops, ours }: Row, peak: Peak): { readonly gflops: number; readonly share: number } {
  const gflops = flops / ours.medianMs / 1e6
  return { gflops, share: gflops / peak.gflops }
}

export const ms = (value: number): string => (value < 10 ? value.toFixed(2) : value < 1000 ? value.toFixed(1) : value.toFixed(0))
export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`

export const summary = ({ adapter, peak }: Pick<Report, 'adapter' | 'peak'>): string =>
  `Adapter: ${adapter}. Peak: ${peak.gflops.toFixed(1)} GFLOP/s of multiply-adds, copies at ${peak.copyGBs.toFixed(1)} GB/s.`

/** Markdown. */
export function table({ adapter, peak, rows, failed }: Report): string {
  const peers = peersOf(rows)
  const cells = (r: Row) =>
    peers.flatMap((peer) => (r.peers[peer] ? [ms(r.peers[peer].medianMs), r.ratio[peer]!.toFixed(2)] : ['not timed', '']))
  const lines = rows.map((r) => {
    const { gflops, share } = reached(r, peak)
    return `| ${[r.name, ms(r.ours.medianMs), ...cells(r), gflops.toFixed(1), percent(share)].join(' | ')} |`
  })
  const head = ['', `${THAW}, ms`, ...peers.flatMap((peer) => [`${peer}, ms`, 'ratio']), 'GFLOP/s', 'of peak']
  return [
    summary({ adapter, peak }),
    '',
    `|${head.map((title) => (title ? ` ${title} ` : ' ')).join('|')}|`,
    `|${head.map(() => '---').join('|')}|`,
    ...lines,
    ...(failed.length ? ['', ...failed.map(({ row, side, why }) => `${row}, ${side}: ${why}`)] : []),
  ].join('\n')
}

/** What `--json` writes, and what the page copies. */
export const json = (report: object): string => `${JSON.stringify(report, null, 2)}\n`
