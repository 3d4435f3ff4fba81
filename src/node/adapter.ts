/**
 * Chooses a WebGPU adapter in Node: a hardware adapter, else an installed software one (lavapipe), else the embedded SwiftShader.
 * `THAW_ADAPTER=auto|hardware|lavapipe|swiftshader` chooses.
 */
import { basename } from 'node:path'
import { adapterLabel, isSoftwareAdapter } from '../device/device.ts'
import { ArgumentError, DeviceError } from '../errors.ts'
import { embeddedVulkan } from './swiftshader.ts'
import { driverFiles, ensureLoader, withDriver } from './vulkan.ts'

const CHOICES = ['auto', 'hardware', 'lavapipe', 'swiftshader'] as const
export type AdapterChoice = (typeof CHOICES)[number]

const LINUX = process.platform === 'linux'

function noAdapter(rule: string, got: string, choice: AdapterChoice): DeviceError {
  return new DeviceError('no-adapter', `[adapter] ${rule} for the adapter ${choice}, got ${got}`)
}

/** A new instance of Dawn, if it finds an adapter that `fits`; with `driver`, among those of this driver file only. */
async function tried(fits: (info: GPUAdapterInfo) => boolean, driver?: string): Promise<GPU | undefined> {
  const { create, globals } = await import('webgpu').catch((cause: unknown) => {
    throw new DeviceError('no-webgpu', '[adapter] WebGPU in Node needs the package webgpu, got none installed', { cause })
  })
  Object.assign(globalThis, globals)
  return withDriver(driver, async () => {
    const gpu = create([])
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
    return adapter && fits(adapter.info) ? gpu : undefined
  })
}

async function hardware(): Promise<GPU> {
  const files = LINUX ? driverFiles() : []
  const why = LINUX && (files.length ? ensureLoader() : 'no Vulkan driver file')
  const gpu = why ? undefined : await tried((info) => !isSoftwareAdapter(info))
  if (!gpu) throw noAdapter('a GPU and its driver must be there', why || 'none that Dawn takes', 'hardware')
  return gpu
}

async function lavapipe(): Promise<GPU> {
  const driver = driverFiles().find((file) => basename(file).startsWith('lvp_icd'))
  const why = driver ? ensureLoader() : 'no lvp_icd driver file'
  const gpu = why ? undefined : await tried((info) => /llvmpipe|lavapipe/i.test(info.description), driver)
  if (!gpu) throw noAdapter("Mesa's Vulkan drivers must be installed", why ?? `${driver}, which Dawn refuses`, 'lavapipe')
  return gpu
}

async function swiftshader(): Promise<GPU> {
  const { driver } = embeddedVulkan()
  const why = ensureLoader()
  const gpu = why ? undefined : await tried((info) => /swiftshader/i.test(info.description), driver)
  if (!gpu) throw noAdapter('the embedded SwiftShader must start', why ?? `none from ${driver}`, 'swiftshader')
  return gpu
}

/** Whatever the system has, hardware first as Dawn ranks it; where it has nothing that Dawn takes, the embedded one. */
async function auto(): Promise<GPU> {
  if (!LINUX) return hardware()
  // Without a driver there is nothing to ask for, and Dawn would complain at length.
  const gpu = driverFiles().length && !ensureLoader() ? await tried(() => true) : undefined
  return gpu ?? swiftshader()
}

const opened = new Map<AdapterChoice, Promise<GPU>>()

/**
 * The process's GPU object for the adapter that `choice` names. It is made once for each; several may be used side by side.
 * @param choice default: the environment's THAW_ADAPTER, else `auto`
 * @throws ArgumentError for an unknown choice, DeviceError `no-adapter` that names the choice and what is missing
 */
export async function nodeGpu(choice: string = process.env['THAW_ADAPTER'] || 'auto'): Promise<GPU> {
  const known = CHOICES.find((c) => c === choice)
  if (!known) throw new ArgumentError('adapter', `THAW_ADAPTER must be one of ${CHOICES.join(', ')}, got ${choice}`)
  const open = { auto, hardware, lavapipe, swiftshader }[known]
  if (!opened.has(known)) opened.set(known, open())
  return opened.get(known)!
}

/** One adapter that this machine has. */
export interface AvailableAdapter {
  /** What THAW_ADAPTER or `openDevice({ adapter })` calls it. */
  readonly choice: Exclude<AdapterChoice, 'auto'>
  /** One line for people. */
  readonly label: string
}

/** The adapters that can be chosen on this machine, in the order in which `auto` prefers them. */
export async function availableAdapters(): Promise<AvailableAdapter[]> {
  const found: AvailableAdapter[] = []
  for (const choice of ['hardware', 'lavapipe', 'swiftshader'] as const) {
    try {
      const adapter = await (await nodeGpu(choice)).requestAdapter()
      if (adapter) found.push({ choice, label: adapterLabel(adapter.info) })
    } catch (error) {
      if (!(error instanceof DeviceError && error.code === 'no-adapter')) throw error
    }
  }
  return found
}
