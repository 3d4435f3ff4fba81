/**
 * What the files of ops must have: every stem its op, shaders, test and registry line; every gradient its line; every shader a first line that says what it computes,
 * and no constant that nothing reads. Needs no GPU. What a shader binds and how it runs is held by every test that runs it: `contract.ts`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { WgslReflect } from 'wgsl_reflect'
import * as gradients from '../../src/kernels/gradients.ts'
import * as kernels from '../../src/kernels/index.ts'
import type { Gradient, Op } from '../../src/kernels/kernel.ts'

const folder = new URL('../../src/kernels/', import.meta.url)
const tests = new URL('../kernels/', import.meta.url)
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
const text = (file: string) => readFileSync(new URL(file, folder), 'utf8')
const testOf = (stem: string) => readFileSync(new URL(`${stem}.test.ts`, tests), 'utf8')
/** The room of what heavy ops share. */
const SHARED = 'gemm'

/** `relu.wgsl` is relu's; in the folder of a heavy op, `dense/tiled.wgsl` is dense's and `dense/grad_w.tiled.wgsl` dense_grad_w's. */
function stemOf(file: string): string {
  const [folder, name] = file.includes('/') ? file.split('/') : ['', file]
  const stem = name!.split('.')[0]!
  const own = folder !== SHARED && ['grad', 'grad_w', 'grad_x', 'moments', 'sums', 'transpose'].includes(stem)
  return folder && own ? `${folder}_${stem}` : folder || stem
}
const camelCase = (stem: string) => stem.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const ops = Object.entries(kernels) as unknown as [string, Op][]
/** Stems that have an op: the files that declare one. */
const stems = files.filter((f) => f.endsWith('.ts') && f !== 'kernel.ts' && /\bdefineOp[<(]/.test(text(f))).map(stemOf)
/** Declared gradients, and those in the registry. */
const declared = files.flatMap((f) =>
  f.endsWith('.ts') ? [...text(f).matchAll(/export const (\w+) = defineGradient\(/g)].map((m) => m[1]!) : [],
)
const rules = Object.entries(gradients) as unknown as [string, Gradient][]
const shaders = files.filter((f) => f.endsWith('.wgsl'))

test.each(ops)('%s is registered under its own name', (name, op) => {
  expect(op.name, `the op's name must be that of its const, ${name}`).toBe(name)
})

test('every stem is registered under its name in camelCase, and nothing else is', () => {
  const [registered, expected] = [ops.map(([name]) => name), stems.map(camelCase)]
  const missing = expected.filter((name) => !registered.includes(name))
  expect(missing, 'ops that need a line in src/kernels/index.ts, as my_op.ts exports myOp').toEqual([])
  const strange = registered.filter((name) => !expected.includes(name))
  expect(strange, 'ops that need a file of their name, as myOp has my_op.ts').toEqual([])
})

test.each(stems)("%s has a shader, its own, its folder's or those of the products, and a test", (stem) => {
  const own = files.filter((f) => f.endsWith('.ts') && stemOf(f) === stem)
  const near = shaders.some((f) => stemOf(f) === stem || own.some((o) => o.includes('/') && dirname(o) === dirname(f)))
  const shader = near || own.some((f) => text(f).includes('/gemm/'))
  expect(shader, `src/kernels/${stem}.wgsl must be there`).toBe(true)
  const file = `test/kernels/${stem}.test.ts`
  expect(existsSync(new URL(`${stem}.test.ts`, tests)), `${file} must be there`).toBe(true)
  // The kernel contract is held by what runs the op.
  const runs = new RegExp(`^testOp\\(\\s*${camelCase(stem)},|\\brunOp\\(.*\\b${camelCase(stem)},`, 'm')
  expect(runs.test(testOf(stem)), `${file} must call testOp(${camelCase(stem)}, cases, reference)`).toBe(true)
})

test('every gradient is registered, and those that are belong to registered ops of their names', () => {
  const registered = rules.map(([name]) => name)
  expect(
    declared.filter((name) => !registered.includes(name)),
    'gradients that need a line in src/kernels/gradients.ts',
  ).toEqual([])
  expect(rules.filter(([name, { op }]) => new Map(ops).get(name.replace(/Gradient$/, '')) !== op)).toEqual([])
})

test.each(rules)('%s is tested', (_, { op: { name } }) => {
  const stem = stems.find((s) => camelCase(s) === name)!
  const called = new RegExp(`^\\s*testGradient\\(\\s*${name},`, 'm').test(testOf(stem))
  expect(called, `test/kernels/${stem}.test.ts must call testGradient(${name}, cases, reference)`).toBe(true)
})

describe.each(shaders)('%s', (file) => {
  const source = text(file)
  const code = source.replace(/\/\/.*$/gm, '')

  test('belongs to a stem and is imported by one of its files', () => {
    expect([...stems, SHARED], 'a shader must be named as the op, or lie in its folder').toContain(stemOf(file))
    const own = files.filter((f) => f.endsWith('.ts') && stemOf(f) === stemOf(file))
    const imported = own.some((f) => text(f).includes(`/${file.split('/').at(-1)}'`))
    expect(imported, `${file} must be imported by the op`).toBe(true)
  })

  test('is valid by itself and says in its first line what it computes', () => {
    expect(source.startsWith('// '), 'the first line must be a comment that says what is computed').toBe(true)
    expect(() => new WgslReflect(source)).not.toThrow()
  })

  test('reads every constant and every binding that it declares', () => {
    const declarations = [/\bconst (\w+)\s*:/g, /@binding\(\d+\)\s*var(?:<[^>]*>)?\s*(\w+)/g]
    const declared = declarations.flatMap((pattern) => [...code.matchAll(pattern)].map((m) => m[1]!))
    const unused = declared.filter((name) => code.match(new RegExp(`\\b${name}\\b`, 'g'))!.length < 2)
    expect(unused, 'declared, but never read').toEqual([])
  })
})
