/** `npm run bench`: this engine against tfjs-webgpu, in one process, on one adapter. See README.md beside this file. */
import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { adapterLabel, openDevice } from '../src/device/device.ts'
import { nodeGpu } from '../src/node/adapter.ts'
import { peak } from './peak.ts'
import { table, type Report, type Row } from './report.ts'
import { ROWS } from './rows.ts'
import { openTfjs } from './tfjs.ts'

const HELP = `npm run bench -- [--quick] [--filter TEXT] [--json FILE]

  --quick        fewer runs; ends within 3 minutes
  --filter TEXT  only rows whose name has this in it
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
  installPeers()
  process.env['MESA_SHADER_CACHE_DISABLE'] = 'true' // a cold run is cold on Mesa's drivers too, which keep compiled shaders on disk
  const gpu = await nodeGpu()
  const device = await openDevice({ gpu })
  const adapter = adapterLabel(device.info)
  print(`Adapter: ${adapter}`)
  const top = await peak(device)
  print(`Peak: ${top.gflops.toFixed(1)} GFLOP/s, copy ${top.copyGBs.toFixed(1)} GB/s`)
  const tf = await openTfjs(gpu)
  const budget = quick ? { runs: 3, ms: 2500 } : { runs: 15, ms: 20_000 }
  const rows: Row[] = []
  for (const source of ROWS.filter((r) => r.name.includes(filter))) {
    for (const row of await source.measure({ device, tf, budget })) {
      rows.push(row)
      print(
        `${row.name}: ${row.ours.medianMs.toFixed(2)} ms, tfjs-webgpu ${row.peers['tfjs-webgpu'].medianMs.toFixed(2)} ms, ratio ${row.ratio['tfjs-webgpu'].toFixed(2)}`,
      )
    }
  }
  device.dispose()
  return { adapter, peak: top, rows }
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    filter: { type: 'string', default: '' },
    json: { type: 'string' },
    help: { type: 'boolean' },
  },
})
if (values.help) print(HELP)
else {
  const report = await bench(values)
  print(`\n${table(report)}`)
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
  process.exit(0) // tfjs keeps timers and its device
}
