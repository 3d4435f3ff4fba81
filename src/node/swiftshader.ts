/** The software adapter that comes with a package: SwiftShader and a Vulkan loader, unpacked out of `@sparticuz/chromium`. */
import { createRequire } from 'node:module'
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DeviceError } from '../errors.ts'
import { brotliTar, unpackedOnce } from './unpack.ts'

/** The packed SwiftShader. @throws DeviceError where the package is not installed */
function packed(): string {
  try {
    const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
    return join(dirname(entry), '..', '..', 'bin', 'swiftshader.tar.br')
  } catch (cause) {
    throw new DeviceError(
      'no-adapter',
      '[adapter] the embedded SwiftShader needs the package @sparticuz/chromium, got none installed: npm install @sparticuz/chromium',
      { cause },
    )
  }
}

/**
 * The embedded Vulkan loader and driver file.
 * @throws DeviceError `no-adapter` where the package is missing or the machine is not Linux on x64
 */
export function embeddedVulkan(): { loader: string; driver: string } {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new DeviceError(
      'no-adapter',
      `[adapter] the embedded SwiftShader runs on linux x64, got ${process.platform} ${process.arch}: choose another with THAW_ADAPTER`,
    )
  }
  const pack = packed()
  const folder = unpackedOnce(`thaw-swiftshader-${statSync(pack).size}`, () =>
    [...brotliTar(pack)].filter(({ name }) => /^(libvulkan|libvk_swiftshader|vk_swiftshader)/.test(name)),
  )
  return { loader: join(folder, 'libvulkan.so.1'), driver: join(folder, 'vk_swiftshader_icd.json') }
}
