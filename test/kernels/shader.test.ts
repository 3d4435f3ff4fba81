/** Shader text made from a file. Needs no GPU. */
import { describe, expect, test } from 'vitest'
import { Shader, type ShaderOptions } from '../../src/kernels/shader.ts'
import { fixSizes, packSizes, sizesBytes } from '../../src/kernels/sizes.ts'

describe('a shader', () => {
  test('repeats lines, follows derived axes and leaves comments', () => {
    const text = ['// x_j0', 'let x_c0 = a[0u/*c*/];', 'y_j0 += x_c0 * w_s0;', 'f(z_e0/*[e]*/, v/*[n]*/);', 'other_x0;'].join('\n')
    const axes = { j: 2, s: 2, c: [0, 1, 3, 4], e: 2, n: 1 }
    expect(new Shader(text).text({ axes, derived: { c: { j: 3, s: 1 } } }).split('\n')).toEqual([
      '// x_j0',
      'let x_c0 = a[0u];',
      'let x_c1 = a[1u];',
      'let x_c3 = a[3u];',
      'let x_c4 = a[4u];',
      'y_j0 += x_c0 * w_s0;',
      'y_j0 += x_c1 * w_s1;',
      'y_j1 += x_c3 * w_s0;',
      'y_j1 += x_c4 * w_s1;',
      'f(z_e0[0], v);',
      'f(z_e1[1], v);',
      'other_x0;',
    ])
  })

  const file = [
    'const TM: u32 = 4u;',
    'const SIGN: i32 = 1i;',
    'const RATE: f32 = 1.0f;',
    'const ON: bool = false;',
    'alias Vec = vec4f;',
    'alias VecBits = vec4u;',
    'fn f(v: Vec) -> Vec { return v; }',
    'y_i0 = f(x_i0);',
  ].join('\n')

  test('sets constants by their type, turns vectors into scalars and takes functions in', () => {
    const options: ShaderOptions = {
      axes: { i: 1 },
      consts: { TM: 8, SIGN: -2, RATE: 3, ON: true },
      scalars: ['Vec'],
      functions: { f: 'fn f(v: Vec) -> Vec { return 2.0 * v; }' },
    }
    const made = new Shader(file).text(options).split('\n')
    expect(made.slice(0, 7)).toEqual([
      'const TM: u32 = 8u;',
      'const SIGN: i32 = -2i;',
      'const RATE: f32 = 3.0f;',
      'const ON: bool = true;',
      'alias Vec = f32;',
      'alias VecBits = u32;',
      'fn f(v: Vec) -> Vec { return 2.0 * v; }',
    ])
  })

  test.each<[string, ShaderOptions, string]>([
    ['constant', { consts: { TN: 1 } }, '[shader] the file must declare const TN, got TN=1 and no such const'],
    ['value', { consts: { TM: 1.5 } }, '[shader] const TM must be of type u32, got 1.5'],
    ['axis', { axes: { q: 2 } }, '[shader] an axis must be named by a line of the file, got q and none that does'],
    ['alias', { scalars: ['VecX'] }, '[shader] the file must have alias VecX = vec4f; got none'],
    ['function', { functions: { g: '' } }, '[shader] the file must declare fn g, got none'],
  ])('refuses a %s that the file lacks', (_, options, message) => {
    expect(() => new Shader(file).text(options)).toThrow(message)
  })

  test('gives one string for equal options', () => {
    const shader = new Shader(file)
    expect(Object.is(shader.text({ consts: { TM: 2 } }), shader.text({ consts: { TM: 2 } }))).toBe(true)
  })
})

describe('the uniform block', () => {
  const wgsl = 'struct Sizes {\n  base: u32, // first: u32\n  N: u32,\n  pad: i32, rate: f32,\n  last: u32,\n}'
  const sizes = { N: 7, pad: -3, rate: 0.5, last: 4294967295 }

  test('is filled by name, in the order of the shader', () => {
    const view = new DataView(new ArrayBuffer(64))
    packSizes(wgsl, sizes, 9, view, 32)
    expect(sizesBytes(wgsl)).toBe(32)
    expect([view.getUint32(32, true), view.getUint32(36, true), view.getInt32(40, true), view.getFloat32(44, true)]).toEqual([
      9, 7, -3, 0.5,
    ])
    expect(view.getUint32(48, true)).toBe(4294967295)
  })

  test.each([
    [{ N: 7, pad: -3, rate: 0.5 }, '[sizes] a value must be given for last, got N, pad, rate'],
    [{ ...sizes, M: 1 }, '[sizes] values must be for base, N, pad, rate, last, got also M'],
    [{ ...sizes, N: -1 }, '[sizes] N must be of type u32, got -1'],
    [{ ...sizes, pad: 2 ** 31 }, '[sizes] pad must be of type i32, got 2147483648'],
    [{ ...sizes, rate: NaN }, '[sizes] rate must be of type f32, got NaN'],
  ])('refuses %j', (given, message) => {
    expect(() => packSizes(wgsl, given, 0, new DataView(new ArrayBuffer(64)), 0)).toThrow(message)
  })

  test('becomes constants of the text, but for the first workgroup', () => {
    const text = `${wgsl}\nf(sizes.base, sizes.N, sizes.Nx, sizes.pad, sizes.rate, sizes.last);`
    const fixed = fixSizes({ wgsl: text, sizes, groups: 5 })
    expect(fixed.wgsl.split('\n').at(-1)).toBe('f(sizes.base, 7u, sizes.Nx, -3i, f32(0.5), 4294967295u);')
    expect({ bytes: sizesBytes(fixed.wgsl), sizes: fixed.sizes, groups: fixed.groups }).toEqual({ bytes: 16, sizes: {}, groups: 5 })
    expect(() => fixSizes({ wgsl: text, sizes: { ...sizes, M: 1 }, groups: 5 })).toThrow('got also M')
    expect(() => fixSizes({ wgsl: text, sizes: { ...sizes, N: -1 }, groups: 5 })).toThrow('[sizes] N must be of type u32, got -1')
  })

  test('must be there', () => {
    expect(() => sizesBytes('fn main() {}')).toThrow('[sizes] a shader must declare struct Sizes with base first, got none')
  })
})
