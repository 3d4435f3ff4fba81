/// <reference types="vite/client" />
/** Every shader file is valid WGSL as it stands, with its default constants: editors and reflection tools see what ships. */
import { expect, test } from 'vitest'
import { useGpu } from '../support/gpu.ts'

const gpu = useGpu()
const shaders = import.meta.glob<string>('../../src/kernels/**/*.wgsl', { eager: true, import: 'default' })

test.each(Object.entries(shaders))('%s', async (_, code) => {
  const { device } = gpu()
  device.pushErrorScope('validation')
  const module = device.createShaderModule({ code })
  const error = await device.popErrorScope()
  const { messages } = await module.getCompilationInfo()
  expect(messages.map((m) => `${m.lineNum}:${m.linePos} ${m.message}`)).toEqual([])
  expect(error).toBeNull()
})
