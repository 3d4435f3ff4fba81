/** What the adapter can do at best: multiply-adds in registers, and copies between buffers. */
import type { Device } from '../src/device/device.ts'
import type { Peak } from './report.ts'
import { timed } from './stats.ts'

const GROUPS = 64
const LANES = 64
const ROUNDS = 2000
const SUMS = 8

const FMA = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = vec4f(f32(id.x) * 1e-9 + 0.999);
${Array.from({ length: SUMS }, (_, i) => `  var s${i} = a + vec4f(${i}.0);`).join('\n')}
  for (var i = 0u; i < ${ROUNDS}u; i++) {
${Array.from({ length: SUMS }, (_, i) => `    s${i} = fma(s${i}, a, a);`).join('\n')}
  }
  y[id.x] = ${Array.from({ length: SUMS }, (_, i) => `s${i}`).join(' + ')};
}`

const COPY_BYTES = 64 * 1024 * 1024

/** Seconds after which it no longer counts what it takes to begin. */
const LONG = 0.02
/** Workgroups in a dimension are fewer than 65536. */
const MOST_TIMES = 2 ** 15

/** How often in a second something is done at best; on fast adapters many times at once. */
async function perSecond(job: (times: number) => Promise<unknown>): Promise<number> {
  for (let times = 1; ; times *= 2) {
    let least = Infinity
    for (let i = 0; i < 4; i++) least = Math.min(least, (await timed(() => job(times))) / 1000)
    if (least >= LONG || times === MOST_TIMES) return times / least
  }
}

export async function peak(device: Device): Promise<Peak> {
  const { gpu } = device
  const pipeline = await gpu.createComputePipelineAsync({ layout: 'auto', compute: { module: gpu.createShaderModule({ code: FMA }) } })
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  const out = device.createBuffer('peak', 16 * GROUPS * LANES, usage)
  const [from, to] = ['from', 'to'].map((name) => device.createBuffer(name, COPY_BYTES, usage))
  const bindGroup = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: out } }] })
  const submit = (record: (encoder: GPUCommandEncoder) => void) => {
    const encoder = gpu.createCommandEncoder()
    record(encoder)
    gpu.queue.submit([encoder.finish()])
    return device.idle()
  }
  const multiplying = (times: number) =>
    submit((encoder) => {
      const pass = encoder.beginComputePass()
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, bindGroup)
      pass.dispatchWorkgroups(GROUPS, times)
      pass.end()
    })
  const copying = (times: number) =>
    submit((encoder) => {
      for (let i = 0; i < times; i++) encoder.copyBufferToBuffer(from!, 0, to!, 0, COPY_BYTES)
    })
  try {
    const gflops = ((await perSecond(multiplying)) * GROUPS * LANES * ROUNDS * SUMS * 4 * 2) / 1e9
    return { gflops, copyGBs: ((await perSecond(copying)) * COPY_BYTES) / 1e9 }
  } finally {
    for (const buffer of [out, from!, to!]) device.destroyBuffer(buffer)
  }
}
