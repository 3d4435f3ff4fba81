/** The software adapter that comes with a package: SwiftShader and a Vulkan loader, unpacked out of `@sparticuz/chromium`. */
import { constants, tmpdir } from 'node:os'
import { createRequire } from 'node:module'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { DeviceError } from '../errors.ts'
import { untar } from './tar.ts'

/** RTLD_NODELETE of dlopen(3): the library stays loaded although Node finds that it is no add-on. */
const RTLD_NODELETE = 0x1000

/** The packed SwiftShader. @throws DeviceError where the package is not installed */
function packed(): string {
  try {
    const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
    return join(dirname(entry), '..', '..', 'bin', 'swiftshader.tar.br')
  } catch (cause) {
    throw new DeviceError('no-adapter', '[adapter] the embedded SwiftShader needs the package @sparticuz/chromium, got none installed', {
      cause,
    })
  }
}

/** Unpacks once per version into the temporary folder, and returns where. */
function unpacked(): string {
  const pack = packed()
  const folder = join(tmpdir(), `thaw-swiftshader-${statSync(pack).size}`)
  if (existsSync(folder)) return folder
  const fresh = `${folder}.${process.pid}`
  mkdirSync(fresh, { recursive: true })
  for (const { name, data } of untar(brotliDecompressSync(readFileSync(pack)))) {
    if (/^(libvulkan|libvk_swiftshader|vk_swiftshader)/.test(name)) writeFileSync(join(fresh, name), data, { mode: 0o755 })
  }
  try {
    renameSync(fresh, folder)
  } catch {
    rmSync(fresh, { recursive: true, force: true }) // another process was first
  }
  return folder
}

/**
 * Makes SwiftShader the process's only Vulkan driver. Dawn asks dlopen for `libvulkan.so.1`; where the system has none, a library of
 * that name that is already loaded is what it gets, so neither LD_LIBRARY_PATH nor a second process is needed.
 * @throws DeviceError `no-adapter` where the package is missing or the machine is not Linux on x64
 */
export function useSwiftShader(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new DeviceError('no-adapter', `[adapter] the embedded SwiftShader runs on linux x64, got ${process.platform} ${process.arch}`)
  }
  const folder = unpacked()
  process.env['VK_ICD_FILENAMES'] = join(folder, 'vk_swiftshader_icd.json')
  try {
    process.dlopen(
      { exports: {} },
      join(folder, 'libvulkan.so.1'),
      constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE,
    )
  } catch {
    // always: the loader is no Node add-on
  }
}
