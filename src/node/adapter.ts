/**
 * Chooses a WebGPU adapter in Node: a hardware adapter, else an installed software one (lavapipe), else the embedded SwiftShader.
 * `THAW_ADAPTER=auto|hardware|lavapipe|swiftshader` chooses.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isSoftwareAdapter } from '../device/device.ts'
import { ArgumentError, DeviceError } from '../errors.ts'
import { useSwiftShader } from './swiftshader.ts'

const CHOICES = ['auto', 'hardware', 'lavapipe', 'swiftshader'] as const
export type AdapterChoice = (typeof CHOICES)[number]

/** Where Vulkan drivers register themselves on Linux. */
const ICD_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d']

function checkChoice(given: string): AdapterChoice {
  const found = CHOICES.find((c) => c === given)
  if (!found) throw new ArgumentError('adapter', `THAW_ADAPTER must be one of ${CHOICES.join(', ')}, got ${given}`)
  return found
}

/** A new instance of Dawn. It looks for drivers anew, so the environment may have changed since the last one. */
async function dawn(): Promise<GPU> {
  const { create, globals } = await import('webgpu').catch((cause: unknown) => {
    throw new DeviceError('no-webgpu', '[adapter] WebGPU in Node needs the package webgpu, got none installed', { cause })
  })
  Object.assign(globalThis, globals)
  return create([])
}

/** The instance, if it finds an adapter that `fits`. */
async function tried(fits: (info: GPUAdapterInfo) => boolean): Promise<GPU | undefined> {
  const gpu = await dawn()
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  return adapter && fits(adapter.info) ? gpu : undefined
}

async function hardware(): Promise<GPU> {
  const gpu = await tried((info) => !isSoftwareAdapter(info))
  if (!gpu) throw new DeviceError('no-adapter', '[adapter] a hardware adapter must be present for THAW_ADAPTER=hardware, got none')
  return gpu
}

async function lavapipe(): Promise<GPU> {
  const icd = ICD_FOLDERS.filter(existsSync).flatMap((folder) =>
    readdirSync(folder)
      .filter((f) => f.startsWith('lvp_icd'))
      .map((f) => join(folder, f)),
  )
  if (icd[0]) process.env['VK_ICD_FILENAMES'] = icd[0]
  const gpu = icd[0] && (await tried(() => true))
  if (!gpu) {
    const got = icd[0] ? `${icd[0]}, which Dawn refuses (Mesa 23 or newer is needed)` : `no lvp_icd file in ${ICD_FOLDERS.join(', ')}`
    throw new DeviceError('no-adapter', `[adapter] lavapipe must be installed for THAW_ADAPTER=lavapipe, got ${got}`)
  }
  return gpu
}

async function swiftshader(): Promise<GPU> {
  useSwiftShader()
  const gpu = await tried(() => true)
  if (!gpu) throw new DeviceError('no-adapter', '[adapter] the embedded SwiftShader must start, got no adapter from it')
  return gpu
}

/** Whatever the system has, hardware first as Dawn ranks it; where it has nothing that Dawn takes, the embedded one. */
async function auto(): Promise<GPU> {
  return (await tried(() => true)) ?? (await swiftshader())
}

let opened: Promise<GPU> | undefined

/**
 * The process's GPU object, made once, for the adapter that `choice` names.
 * @param choice default: the environment's THAW_ADAPTER, else `auto`
 * @throws ArgumentError for an unknown choice, DeviceError `no-adapter` naming what was looked for
 */
export function nodeGpu(choice: string = process.env['THAW_ADAPTER'] ?? 'auto'): Promise<GPU> {
  opened ??= { auto, hardware, lavapipe, swiftshader }[checkChoice(choice)]()
  return opened
}
