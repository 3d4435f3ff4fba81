/** The bench in a worker of its own, with a device of its own: Thaw beside what the site was built with. */
import { measure, type Peer, type RowSource } from '../../../bench/compare.ts'
import { peak } from '../../../bench/peak.ts'
import { ROWS } from '../../../bench/rows.ts'
import { BUDGETS } from '../../../bench/stats.ts'
import type { Tf } from '../../../bench/tfjs.ts'
import { adapterLabel, openDevice } from '../../../src/index.ts'
import type { MeasureOptions, Measurer, MeasureTold } from '../measurer.ts'
import { serve, tell } from '../rpc.ts'

/** What `bench/tfjs_page.mjs` exports. */
interface Tfjs {
  readonly tf: Tf
  readonly start: (backend: string, folder: string) => Promise<void>
}

const BACKENDS = ['webgpu', 'wasm']

let stopped = false

const say = (message: MeasureTold): void => tell(message)

/** Those that start here; of the others it is said why not. */
async function openPeers(): Promise<Peer[]> {
  const folder = new URL('./peers/', self.location.href).href
  const peers: Peer[] = []
  for (const backend of BACKENDS) {
    const side = `tfjs-${backend}`
    try {
      const { tf, start } = (await import(`${folder}tfjs.js`)) as Tfjs
      await start(backend, folder)
      peers.push({ name: side, tf, use: () => tf.setBackend(backend) })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      say({ type: 'measured', rows: [], failed: [{ row: 'all rows', side, why }] })
    }
  }
  return peers
}

async function measureAll(sources: readonly RowSource[], { budget, peers: wanted }: MeasureOptions): Promise<void> {
  stopped = false
  using device = await openDevice({ powerPreference: 'high-performance' }) // which tfjs asks for, too
  say({ type: 'adapter', adapter: adapterLabel(device.info), peak: await peak(device) })
  const peers = wanted ? await openPeers() : []
  for (const source of sources) {
    if (stopped) return
    say({ type: 'begins', row: source.name })
    say({ type: 'measured', ...(await measure(source, { device, peers, budget: BUDGETS[budget] })) })
  }
}

serve<Measurer>({
  rows: () => Promise.resolve(ROWS.map(({ name, kind, quick }) => ({ name, kind, quick }))),
  measure: (options) =>
    measureAll(
      ROWS.filter(({ name }) => options.rows.includes(name)),
      options,
    ),
  stop: () => Promise.resolve(void (stopped = true)),
})
