/** What the bench says: a table for people, JSON for programs. */

export const PEER = 'tfjs-webgpu'

export interface Row {
  readonly name: string
  readonly ours: { readonly medianMs: number }
  readonly peers: { readonly [PEER]: { readonly medianMs: number } }
  /** The peer's time over ours: above 1 we are faster. */
  readonly ratio: { readonly [PEER]: number }
}

export interface Report {
  readonly adapter: string
  readonly peak: { readonly gflops: number; readonly copyGBs: number }
  readonly rows: readonly Row[]
}

export function row(name: string, oursMs: number, peerMs: number): Row {
  return { name, ours: { medianMs: oursMs }, peers: { [PEER]: { medianMs: peerMs } }, ratio: { [PEER]: peerMs / oursMs } }
}

const ms = (value: number): string => (value < 10 ? value.toFixed(2) : value < 1000 ? value.toFixed(1) : value.toFixed(0))

/** Markdown. */
export function table({ adapter, peak, rows }: Report): string {
  const lines = rows.map((r) => `| ${r.name} | ${ms(r.ours.medianMs)} | ${ms(r.peers[PEER].medianMs)} | ${r.ratio[PEER].toFixed(2)} |`)
  return [
    `Adapter: ${adapter}. Peak: ${peak.gflops.toFixed(1)} GFLOP/s of multiply-adds, copies at ${peak.copyGBs.toFixed(1)} GB/s.`,
    '',
    `| | Thaw, ms | ${PEER}, ms | ratio |`,
    '|---|---|---|---|',
    ...lines,
  ].join('\n')
}
