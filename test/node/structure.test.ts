/**
 * The kernel contract, held: every stem has its op, shaders, test and registry line; every shader has the bindings that the op
 * declares, one entry point, a workgroup that every adapter can run, and no constant that nothing reads. Needs no GPU.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ResourceType, WgslReflect } from 'wgsl_reflect'
import * as kernels from '../../src/kernels/index.ts'
import type { KernelIO, Op } from '../../src/kernels/kernel.ts'
import { packSizes } from '../../src/kernels/sizes.ts'
import type { Shape } from '../../src/shape.ts'
import { choicesOf } from '../support/run-op.ts'

const folder = new URL('../../src/kernels/', import.meta.url)
const tests = new URL('../kernels/', import.meta.url)
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
const text = (file: string) => readFileSync(new URL(file, folder), 'utf8')
/** The room of what heavy ops share. */
const SHARED = 'gemm'

/** `relu.wgsl` is relu's; in the folder of a heavy op, `dense/tiled.wgsl` is dense's and `dense/grad_w.tiled.wgsl` dense_grad_w's. */
function stemOf(file: string): string {
  const [folder, name] = file.includes('/') ? file.split('/') : ['', file]
  const stem = name!.split('.')[0]!
  const own = folder !== SHARED && ['grad', 'grad_w', 'grad_x', 'transpose'].includes(stem)
  return folder && own ? `${folder}_${stem}` : folder || stem
}
const camelCase = (stem: string) => stem.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const ops = Object.entries(kernels) as unknown as [string, Op][]
/** Stems that have an op: the files that declare one. */
const stems = files.filter((f) => f.endsWith('.ts') && f !== 'kernel.ts' && /\bdefineOp[<(]/.test(text(f))).map(stemOf)
const shaders = files.filter((f) => f.endsWith('.wgsl'))

/** One set of shapes and attributes per op, small; every optional input is there. */
const samples: Record<string, { inputs: Shape[]; attrs: object }> = {
  accumulateMean: { inputs: [[4], [4]], attrs: {} },
  activation: { inputs: [[2, 3]], attrs: { activation: 'gelu' } },
  activationGrad: {
    inputs: [
      [2, 3],
      [2, 3],
    ],
    attrs: { activation: 'silu' },
  },
  adam: { inputs: [[5], [1]], attrs: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } },
  avgPool: { inputs: [[1, 5, 5, 3]], attrs: { poolSize: [3, 3], strides: [2, 2], padding: 'same' } },
  batchNorm: { inputs: [[1, 3, 3, 4], [4], [4], [4], [4]], attrs: { epsilon: 1e-3 } },
  columnSum: { inputs: [[3, 4]], attrs: {} },
  combine: {
    inputs: [
      [2, 3],
      [1, 3],
    ],
    attrs: { kind: 'multiply', activation: 'relu' },
  },
  concat: {
    inputs: [
      [2, 1],
      [2, 2],
      [2, 3],
      [2, 4],
      [2, 5],
      [2, 6],
    ],
    attrs: {},
  },
  conv2d: {
    inputs: [[1, 5, 5, 4], [3, 3, 4, 8], [8], [1, 5, 5, 8], [8]],
    attrs: { strides: [1, 1], padding: 'same', groups: 1, activation: 'relu' },
  },
  conv2dGradW: {
    inputs: [
      [1, 5, 5, 4],
      [1, 5, 5, 8],
    ],
    attrs: { strides: [1, 1], padding: 'same', groups: 1, filter: [3, 3] },
  },
  conv2dTranspose: {
    inputs: [[1, 5, 5, 4], [3, 3, 8, 4], [8], [1, 10, 10, 8], [8]],
    attrs: { strides: [2, 2], groups: 1, size: [10, 10], cut: [0, 0], activation: 'relu' },
  },
  dense: { inputs: [[3, 8], [8, 12], [12], [3, 12], [12]], attrs: { activation: 'relu' } },
  denseGradW: {
    inputs: [
      [3, 8],
      [3, 12],
    ],
    attrs: {},
  },
  denseGradX: {
    inputs: [
      [3, 12],
      [8, 12],
    ],
    attrs: {},
  },
  depthwiseConv2d: {
    inputs: [[1, 5, 5, 4], [3, 3, 4], [4], [1, 5, 5, 4], [4]],
    attrs: { strides: [1, 1], padding: 'same', activation: 'relu' },
  },
  dropout: { inputs: [[2, 3], [1]], attrs: { rate: 0.5, salt: 1 } },
  foldBatchNormScale: { inputs: [[4], [4]], attrs: { epsilon: 1e-3 } },
  foldBatchNormShift: { inputs: [[4], [4], [4], [4]], attrs: {} },
  gatherRows: { inputs: [[5, 3], [2]], attrs: {} },
  globalAvgPool: { inputs: [[1, 3, 3, 4]], attrs: {} },
  globalAvgPoolGrad: { inputs: [[2, 4]], attrs: { height: 3, width: 3 } },
  globalMaxPool: { inputs: [[1, 3, 3, 4]], attrs: {} },
  lrn: { inputs: [[1, 3, 3, 8]], attrs: { radius: 2, bias: 1, alpha: 1e-4, beta: 0.75 } },
  maxPool: { inputs: [[1, 5, 5, 3]], attrs: { poolSize: [3, 3], strides: [2, 2], padding: 'same' } },
  pad: { inputs: [[1, 3, 3, 4]], attrs: { padding: [1, 1, 1, 1] } },
  prelu: { inputs: [[2, 3, 4], [4]], attrs: {} },
  rescale: { inputs: [[2, 3]], attrs: { scale: 2, offset: 1 } },
  resizeBilinear: { inputs: [[1, 3, 3, 4]], attrs: { height: 5, width: 5, mode: 'halfPixel' } },
  resizeNearest: { inputs: [[1, 3, 3, 4]], attrs: { height: 5, width: 7 } },
  sameArgmax: {
    inputs: [
      [2, 3],
      [2, 3],
    ],
    attrs: {},
  },
  sgd: { inputs: [[5], [1]], attrs: {} },
  sgdMomentum: { inputs: [[5], [1]], attrs: { momentum: 0.9, nesterov: true } },
  softmax: { inputs: [[2, 3]], attrs: {} },
  softmaxCrossEntropy: {
    inputs: [
      [2, 3],
      [2, 3],
    ],
    attrs: {},
  },
  softmaxCrossEntropyGrad: { inputs: [[2, 3], [2, 3], [2]], attrs: {} },
  softmaxGrad: {
    inputs: [
      [2, 3],
      [2, 3],
    ],
    attrs: {},
  },
  storeRows: { inputs: [[2, 3], [1]], attrs: {} },
  transpose: { inputs: [[2, 3, 4]], attrs: { axes: [0, 2, 1] } },
  unpack: { inputs: [[2, 3]], attrs: {} },
}

function sampleIO(name: string, op: Op): KernelIO<object> {
  const { inputs, attrs } = samples[name]!
  return { inputs, attrs, output: op.shape(inputs, attrs) }
}

/** Every kernel for the sample shapes. A constant that a shader lacks is thrown here. */
function kernelsOf(name: string, op: Op) {
  const io = sampleIO(name, op)
  return choicesOf(op, io).map(({ variant, caps }) => variant.kernel(io, caps))
}

const sources = (name: string, op: Op) => kernelsOf(name, op).map((k) => k.wgsl)

/** Value of a product of numbers and u32 constants, such as `64`, `LANES` or `GX * GY`. */
function valueOf(product: string, source: string): number {
  return product.split('*').reduce((value, factor) => {
    const named = new RegExp(`const ${factor.trim()}\\s*:\\s*u32\\s*=([^;]+);`).exec(source)
    return value * (named ? valueOf(named[1]!, source) : parseInt(factor))
  }, 1)
}

describe.each(ops)('%s', (name, op) => {
  test('is named as it is registered, and has a sample here', () => {
    expect(op.name).toBe(name)
    expect(Object.keys(samples)).toContain(name)
  })

  test('every variant takes its constants, and binds what the op declares', () => {
    const reads = op.inputs.map((input) => [input.replace('?', ''), 'read'])
    const writes = [...(op.updates ?? []), ...(op.output === null ? [] : [op.output])].map((output) => [output, 'read_write'])
    for (const source of sources(name, op)) {
      const groups = new WgslReflect(source).getBindGroups()
      expect(groups.length).toBe(1)
      const bound = groups[0]!.map((b) => [b.name, b.resourceType === ResourceType.Uniform ? 'uniform' : b.access])
      const declared = [...reads, ...writes, ['sizes', 'uniform']]
      // The products' shaders serve several ops, and call what is bound by its place in the product.
      if (bound[0]![0] === 'a') expect(bound.map((b) => b[1])).toEqual(declared.map((d) => d[1]))
      else expect(bound).toEqual(declared)
    }
  })

  test('every variant has one entry point main, three workgroup sizes and at most 256 invocations', () => {
    for (const source of sources(name, op)) {
      const { compute } = new WgslReflect(source).entry
      expect(compute.map((e) => e.name)).toEqual(['main'])
      const size = /@workgroup_size\(([^)]*)\)/
        .exec(source)![1]!
        .split(',')
        .map((s) => valueOf(s, source))
      expect(size.length).toBe(3)
      const product = size.reduce((a, b) => a * b, 1)
      expect(product).toBeGreaterThan(0)
      expect(product).toBeLessThanOrEqual(256)
    }
  })

  test('counts some work', () => {
    const io = sampleIO(name, op)
    const { flops, bytes } = op.cost(io)
    expect(flops).toBeGreaterThanOrEqual(0)
    expect(bytes).toBeGreaterThan(0)
    for (const { wgsl, sizes, groups } of kernelsOf(name, op)) {
      expect(Number.isInteger(groups) && groups > 0).toBe(true)
      expect(() => packSizes(wgsl, sizes, 0, new DataView(new ArrayBuffer(256)), 0)).not.toThrow()
    }
  })
})

test('every stem is registered under its name in camelCase, and nothing else is', () => {
  expect(ops.map(([name]) => name)).toEqual(stems.map(camelCase).sort())
})

test.each(stems)('%s has a shader, its own or those of the products, and a test', (stem) => {
  const own = files.filter((f) => f.endsWith('.ts') && stemOf(f) === stem)
  expect(shaders.some((f) => stemOf(f) === stem) || own.some((f) => text(f).includes('/gemm/variants.ts'))).toBe(true)
  expect(existsSync(new URL(`${stem}.test.ts`, tests))).toBe(true)
})

test.each(ops.filter(([, op]) => 'grad' in op))('the gradient of %s is tested', (name) => {
  const stem = stems.find((s) => camelCase(s) === name)!
  expect(readFileSync(new URL(`${stem}.test.ts`, tests), 'utf8')).toMatch(new RegExp(`^\\s*testGradient\\(\\s*${name},`, 'm'))
})

describe.each(shaders)('%s', (file) => {
  const source = text(file)
  const code = source.replace(/\/\/.*$/gm, '')

  test('belongs to a stem and is imported by one of its files', () => {
    expect([...stems, SHARED]).toContain(stemOf(file))
    const own = files.filter((f) => f.endsWith('.ts') && stemOf(f) === stemOf(file))
    expect(own.some((f) => text(f).includes(`/${file.split('/').at(-1)}'`))).toBe(true)
  })

  test('is valid by itself and says in its first line what it computes', () => {
    expect(source.startsWith('// ')).toBe(true)
    expect(() => new WgslReflect(source)).not.toThrow()
  })

  test('unfolds its workgroup number', () => {
    if (/workgroup_id/.test(code)) expect(code).toContain('wid.y * 65535u + wid.x + sizes.base')
  })

  test('reads every constant and every binding that it declares', () => {
    const declarations = [/\bconst (\w+)\s*:/g, /@binding\(\d+\)\s*var(?:<[^>]*>)?\s*(\w+)/g]
    const declared = declarations.flatMap((pattern) => [...code.matchAll(pattern)].map((m) => m[1]!))
    const unused = declared.filter((name) => code.match(new RegExp(`\\b${name}\\b`, 'g'))!.length < 2)
    expect(unused).toEqual([])
  })
})
