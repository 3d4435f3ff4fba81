/// <reference types="vite/client" />
/**
 * Every shader file is valid WGSL as it stands, with its default constants: editors and reflection tools see what ships. A library that calls
 * functions of another one stands behind it.
 */
import { expect, test } from 'vitest'
import { useGpu } from '../support/gpu.ts'

const gpu = useGpu()
const shaders = import.meta.glob<string>('../../src/kernels/**/*.wgsl', { eager: true, import: 'default' })
/** The file that the functions which a library calls are in; the aliases are its own. */
const LIBRARIES: Readonly<Record<string, string>> = {
  '../../src/kernels/pointwise_loss/functions.wgsl': '../../src/kernels/activation/functions.wgsl',
  '../../src/kernels/activation/slopes.wgsl': '../../src/kernels/activation/functions.wgsl',
}

test.each(Object.entries(shaders))('%s', async (file, text) => {
  const { device } = gpu()
  const before = LIBRARIES[file]
  const code = before ? text + shaders[before]!.replaceAll(/^alias .*$/gm, '') : text
  device.pushErrorScope('validation')
  const module = device.createShaderModule({ code })
  const error = await device.popErrorScope()
  const { messages } = await module.getCompilationInfo()
  expect(messages.map((m) => `${m.lineNum}:${m.linePos} ${m.message}`)).toEqual([])
  expect(error).toBeNull()
})
