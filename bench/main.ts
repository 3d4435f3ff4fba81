/**
 * `npm run bench`: this engine against tfjs-webgpu on one adapter: in one process, or with `--host` in fresh ones. See README.md beside
 * this file.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { adapterLabel } from '../src/device/adapter.ts'
import { openDevice } from '../src/device/device.ts'
import { nodeGpu } from '../src/node/adapter.ts'
import { measure } from './compare.ts'
import { answer, host, hostTable } from './host.ts'
import { peak } from './peak.ts'
import { json, ms, PEER, summary, table, type Failure, type Report, type Row } from './report.ts'
import { ROWS } from './rows.ts'
import { BUDGETS } from './stats.ts'
import { openTfjs } from './tfjs_node.ts'

const HELP = `npm run bench -- [--quick] [--filter TEXT] [--json FILE]
npm run bench -- --host [--runs N] [--filter TEXT] [--json FILE]

  --quick        fewer rows and runs; ends within 3 minutes
  --host         what a page pays beside the GPU's own time, in fresh processes
  --runs N       of each engine for every network of --host; default 5
  --filter TEXT  only rows, or networks, whose name has this in it
  --json FILE    writes the figures
`

const print = (text: string) => void process.stdout.write(`${text}\n`)

/** The peers are no dependency of the engine; they are installed beside the bench when it first runs. */
function installPeers(): void {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  if (existsSync(`${folder}/node_modules/@tensorflow/tfjs-backend-webgpu`)) return
  print('Installing tfjs 4.22 for the bench: npm ci in bench/')
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' })
}

async function bench({ quick, filter }: { quick: boolean; filter: string }): Promise<Report> {
  const gpu = await nodeGpu()
  const device = await openDevice({ gpu })
  const adapter = adapterLabel(device.info)
  const top = await peak(device)
  print(summary({ adapter, peak: top }))
  const peers = [{ name: PEER, tf: await openTfjs(gpu) }]
  const report = { adapter, peak: top, rows: [] as Row[], failed: [] as Failure[] }
  for (const source of ROWS.filter((r) => r.name.includes(filter) && (r.quick || !quick))) {
    const { rows, failed } = await measure(source, { device, peers, budget: BUDGETS[quick ? 'quick' : 'whole'] })
    report.rows.push(...rows)
    report.failed.push(...failed)
    for (const { row, side, why } of failed) print(`${row}, ${side}: ${why}`)
    for (const { name, ours, peers, ratio } of rows) {
      const theirs = Object.entries(peers).map(([peer, { medianMs }]) => `, ${peer} ${ms(medianMs)} ms, ratio ${ratio[peer]!.toFixed(2)}`)
      print(`${name}: ${ms(ours.medianMs)} ms${theirs.join('')}`)
    }
  }
  device.dispose()
  return report
}

/** A cold run is cold on drivers too that keep compiled shaders on disk. */
const COLD = { MESA_SHADER_CACHE_DISABLE: 'true', __GL_SHADER_DISK_CACHE: '0' }

function runsOf(given: string): number {
  const runs = Number(given)
  if (!Number.isInteger(runs) || runs < 1) throw new RangeError(`--runs must be a positive whole number, got ${given}`)
  return runs
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    host: { type: 'boolean', default: false },
    runs: { type: 'string' },
    filter: { type: 'string', default: '' },
    json: { type: 'string' },
    help: { type: 'boolean' },
    answer: { type: 'string' }, // SIDE NETWORK: what `--host` asks its processes
  },
})
if (values.host && values.quick) throw new Error('--quick is not for --host, where --runs says how many')
if (values.runs !== undefined && !values.host) throw new Error('--runs is for --host')

if (values.help) print(HELP)
else if (values.answer) await answer(...(values.answer.split(' ') as [string, string]))
else {
  installPeers()
  Object.assign(process.env, COLD)
  const report = values.host ? await host(runsOf(values.runs ?? '5'), values.filter, print) : await bench(values)
  print(`\n${'peak' in report ? table(report) : hostTable(report)}`)
  if (values.json) writeFileSync(values.json, json(report))
  process.exit('failed' in report && report.failed.length ? 1 : 0) // tfjs keeps timers and its device
}
