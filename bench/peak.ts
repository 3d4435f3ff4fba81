/** What the adapter can do at best: multiply-adds in registers, and copies between buffers. */
import type { Device } from '../src/device/device.ts'
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

async function best(job: () => Promise<unknown>): Promise<number> {
  let least = Infinity
  for (let i = 0; i < 4; i++) least = Math.min(least, await timed(job))
  return least / 1000
}

export async function peak(device: Device): Promise<{ gflops: number; copyGBs: number }> {
  const { gpu } = device
  const pipeline = await gpu.createComputePipelineAsync({ layout: 'auto', compute: { module: gpu.createShaderModule({ code: FMA }) } })
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  const out = device.createBuffer('peak', 16 * GROUPS * LANES, usage)
  const [from, to] = ['from', 'to'].map((name) => device.createBuffer(name, COPY_BYTES, usage))
  const bindGroup = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: out } }] })
  const submit = (record: (encoder: GPUCommandEncoder) => void) => () => {
    const encoder = gpu.createCommandEncoder()
    record(encoder)
    gpu.queue.submit([encoder.finish()])
    return device.idle()
  }
  const seconds = await best(
    submit((encoder) => {
      const pass = encoder.beginComputePass()
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, bindGroup)
      pass.dispatchWorkgroups(GROUPS)
      pass.end()
    }),
  )
  const copySeconds = await best(submit((encoder) => encoder.copyBufferToBuffer(from!, 0, to!, 0, COPY_BYTES)))
  for (const buffer of [out, from!, to!]) device.destroyBuffer(buffer)
  return { gflops: (GROUPS * LANES * ROUNDS * SUMS * 4 * 2) / seconds / 1e9, copyGBs: COPY_BYTES / copySeconds / 1e9 }
}
