/**
 * Chooses a WebGPU adapter in Node: a hardware adapter, else an installed software one (lavapipe), else the embedded SwiftShader.
 * `THAW_ADAPTER=auto|hardware|lavapipe|swiftshader` chooses.
 */
import { basename } from 'node:path'
import { adapterLabel, isSoftwareAdapter } from '../device/adapter.ts'
import { ArgumentError, DeviceError } from '../errors.ts'
import { embeddedVulkan } from './swiftshader.ts'
import { driverFiles, ensureLoader, withDriver } from './vulkan.ts'

const CHOICES = ['auto', 'hardware', 'lavapipe', 'swiftshader'] as const
/** Which adapter: `auto` takes hardware, else lavapipe, else the embedded SwiftShader. See {@link openDevice}. */
export type AdapterChoice = (typeof CHOICES)[number]

const LINUX = process.platform === 'linux'
const LINUX_X64 = LINUX && process.arch === 'x64'

function noAdapter(rule: string, got: string, choice: AdapterChoice, next: string): DeviceError {
  return new DeviceError('no-adapter', `[adapter] ${rule} for the adapter ${choice}, got ${got}: ${next}`)
}

/** What a user does who has no adapter. */
const MESA = "install Mesa's (Debian, Ubuntu: apt install mesa-vulkan-drivers; Fedora: dnf install mesa-vulkan-drivers)"
const SOFTWARE = 'or, for a software adapter, npm install @sparticuz/chromium'
const NEXT = {
  hardware: LINUX ? "install the GPU's Vulkan driver, or choose another with THAW_ADAPTER" : "update the GPU's driver",
  lavapipe: LINUX ? MESA : 'it is for Linux; leave THAW_ADAPTER out',
  auto: `install the GPU's Vulkan driver, or ${MESA}${LINUX_X64 ? `, ${SOFTWARE}` : ''}`,
}

/** A package that is missing, or why it does not load. */
function noPackage(cause: unknown): DeviceError {
  const missing = (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
  const [got, next] = missing
    ? ['none installed', 'npm install webgpu']
    : [`one that does not load on ${process.platform} ${process.arch} (${String(cause).split('\n')[0]})`, 'npm install webgpu again, here']
  return new DeviceError('no-webgpu', `[adapter] WebGPU in Node needs the package webgpu, got ${got}: ${next}`, { cause })
}

/** A new instance of Dawn, if it finds an adapter that `fits`; with `driver`, among those of this driver file only. */
async function tried(fits: (info: GPUAdapterInfo) => boolean, driver?: string): Promise<GPU | undefined> {
  const { create, globals } = await import('webgpu').catch((cause: unknown) => {
    throw noPackage(cause)
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
  if (!gpu) throw noAdapter('a GPU and its driver must be there', why || 'none that Dawn takes', 'hardware', NEXT.hardware)
  return gpu
}

async function lavapipe(): Promise<GPU> {
  const driver = driverFiles().find((file) => basename(file).startsWith('lvp_icd'))
  const why = driver ? ensureLoader() : 'no lvp_icd driver file'
  const gpu = why ? undefined : await tried((info) => /llvmpipe|lavapipe/i.test(info.description), driver)
  if (!gpu) throw noAdapter("Mesa's Vulkan drivers must be installed", why ?? `${driver}, which Dawn refuses`, 'lavapipe', NEXT.lavapipe)
  return gpu
}

async function swiftshader(): Promise<GPU> {
  const { driver } = embeddedVulkan()
  const why = ensureLoader()
  const gpu = why ? undefined : await tried((info) => /swiftshader/i.test(info.description), driver)
  if (!gpu)
    throw noAdapter('the embedded SwiftShader must start', why ?? `none from ${driver}`, 'swiftshader', 'choose another with THAW_ADAPTER')
  return gpu
}

/** Whatever the system has, hardware first as Dawn ranks it; where it has nothing that Dawn takes, the embedded one. */
async function auto(): Promise<GPU> {
  if (!LINUX) return hardware()
  // Without a driver there is nothing to ask for, and Dawn would complain at length.
  const drivers = driverFiles()
  const gpu = drivers.length && !ensureLoader() ? await tried(() => true) : undefined
  if (gpu) return gpu
  try {
    return await swiftshader()
  } catch (cause) {
    if (!(cause instanceof DeviceError && cause.code === 'no-adapter')) throw cause
    const got = drivers.length ? 'none of its Vulkan drivers that works' : 'no Vulkan driver'
    throw new DeviceError('no-adapter', `[adapter] this machine must have a graphics adapter, got ${got}: ${NEXT.auto}`, { cause })
  }
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

/** One adapter that this machine has. See {@link availableAdapters}. */
export interface AvailableAdapter {
  /** What THAW_ADAPTER or `openDevice({ adapter })` calls it. */
  readonly choice: Exclude<AdapterChoice, 'auto'>
  /** One line for people. */
  readonly label: string
}

/**
 * The adapters that can be chosen on this machine, in the order in which `auto` prefers them.
 * @example
 * for (const { choice, label } of await availableAdapters()) console.log(choice, label)
 */
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
