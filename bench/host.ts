/** `npm run bench -- --host`: what a page pays beside the GPU's own time, in fresh processes that alternate between the engines. */
import { fork } from 'node:child_process'
import { NETWORKS, SIDES, type Figures, type NetworkName, type SideName, type SideReport } from './host_sides.ts'
import { PEER } from './report.ts'
import { median } from './stats.ts'

type Measure = keyof Figures

/** What is measured, in the order of the table. */
const MEASURES: Readonly<Record<Measure, { readonly label: string; readonly unit: 'ms' | 'kB' | '' }>> = {
  first: { label: 'first prediction, weights on the device', unit: 'ms' },
  processor: { label: 'its processor time, all threads', unit: 'ms' },
  graph: { label: 'its graph, alone', unit: 'ms' },
  text: { label: 'its shader text, alone', unit: 'ms' },
  shaderBytes: { label: 'its shaders', unit: 'kB' },
  pipelines: { label: 'its pipelines', unit: '' },
  compile: { label: 'its pipelines in the making', unit: 'ms' },
  later1: { label: 'later prediction, batch 1', unit: 'ms' },
  submit1: { label: 'until its last submit', unit: 'ms' },
  later32: { label: 'later prediction, batch 32', unit: 'ms' },
  submit32: { label: 'until its last submit', unit: 'ms' },
  write32: { label: 'handing over its input, alone', unit: 'ms' },
  bytes32: { label: 'later prediction, batch 32 of bytes', unit: 'ms' },
  step: { label: 'training step of a head, batch 32', unit: 'ms' },
  fineTuning: { label: 'training step, all thawed, batch 8', unit: 'ms' },
}

/** Of several processes. The least says more where something else keeps the machine busy. */
export interface Spread {
  readonly median: number
  readonly least: number
}

export interface HostRow {
  readonly network: string
  readonly measure: Measure
  readonly label: string
  readonly unit: string
  /** Null where a side has no such part, or none that can be seen from outside. */
  readonly ours: Spread | null
  readonly peers: { readonly [PEER]: Spread | null }
  /** The peer's median over ours: above 1 we pay less. */
  readonly ratio: { readonly [PEER]: number | null }
}

export interface HostReport {
  readonly adapter: string
  /** Fresh processes of each side and network. */
  readonly runs: number
  readonly rows: readonly HostRow[]
}

/** Measures one side here, and tells the process that has asked. */
export async function answer(side: string, network: string): Promise<void> {
  process.send!(await SIDES[side as SideName](network as NetworkName))
}

/** One side in a process of its own. @throws Error with what the process wrote, where it fails */
function ask(side: SideName, network: NetworkName): Promise<SideReport> {
  return new Promise((resolve, reject) => {
    const child = fork(process.argv[1]!, ['--answer', `${side} ${network}`], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let said = ''
    let report: SideReport | undefined
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.on('message', (message) => {
      report = message as SideReport
      child.kill() // tfjs keeps timers and its device
    })
    child.on('error', reject)
    child.on('close', () => (report ? resolve(report) : reject(new Error(`[${side}] ${network} must be measured, got\n${said}`))))
  })
}

function spread(figures: readonly Figures[], measure: Measure): Spread | null {
  const values = figures.flatMap((f) => f[measure] ?? [])
  return values.length ? { median: median(values), least: Math.min(...values) } : null
}

/** A row for everything that one side at least has, from the figures of the processes of both. */
export function rowsOf(network: string, ours: readonly Figures[], theirs: readonly Figures[]): HostRow[] {
  return (Object.keys(MEASURES) as Measure[]).flatMap((measure) => {
    const [a, b] = [spread(ours, measure), spread(theirs, measure)]
    if (!a && !b) return []
    return [{ network, measure, ...MEASURES[measure], ours: a, peers: { [PEER]: b }, ratio: { [PEER]: a && b && b.median / a.median } }]
  })
}

/** @param filter text in the titles of the networks that are measured */
export async function host(runs: number, filter: string, print: (text: string) => void): Promise<HostReport> {
  const networks = (Object.keys(NETWORKS) as NetworkName[]).filter((name) => NETWORKS[name].title.includes(filter))
  if (!networks.length) throw new RangeError(`--filter must be in the name of a network, got ${filter}`)
  const rows: HostRow[] = []
  let adapter = ''
  for (const network of networks) {
    const { title } = NETWORKS[network]
    const ours: Figures[] = []
    const theirs: Figures[] = []
    for (let run = 1; run <= runs; run++) {
      const [engine, parts, peer] = [await ask('thaw', network), await ask('thawParts', network), await ask('tfjs', network)]
      adapter = engine.adapter
      ours.push({ ...engine.figures, ...parts.figures })
      theirs.push(peer.figures)
      print(
        `${title}, ${run} of ${runs}: first prediction ${engine.figures.first!.toFixed(0)} ms, ${PEER} ${peer.figures.first!.toFixed(0)} ms`,
      )
    }
    rows.push(...rowsOf(title, ours, theirs))
  }
  return { adapter, runs, rows }
}

function shown(value: number, unit: string): string {
  if (unit === 'kB') return (value / 1000).toFixed(0)
  return unit === '' || value >= 100 ? value.toFixed(0) : value.toFixed(value < 10 ? 2 : 1)
}

function cell(spread: Spread | null, unit: string): string {
  if (!spread) return ''
  const [middle, least] = [spread.median, spread.least].map((value) => shown(value, unit))
  return middle === least ? middle! : `${middle} (${least})`
}

/** Markdown. */
export function hostTable({ adapter, runs, rows }: HostReport): string {
  const lines = rows.map(({ network, label, unit, ours, peers, ratio }) => {
    const cells = [cell(ours, unit), cell(peers[PEER], unit), ratio[PEER]?.toFixed(2) ?? '']
    return `| ${network}: ${label}${unit && `, ${unit}`} | ${cells.join(' | ')} |`
  })
  return [
    `Adapter: ${adapter}. Medians (and the least) of ${runs} fresh processes of each engine, which alternate.`,
    '',
    `| | Thaw | ${PEER} | ratio |`,
    '|---|---|---|---|',
    ...lines,
  ].join('\n')
}
