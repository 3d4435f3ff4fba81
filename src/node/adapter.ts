/**
 * Chooses a WebGPU adapter in Node: a hardware adapter, else an installed software one (lavapipe), else an embedded SwiftShader.
 * `THAW_ADAPTER=auto|hardware|lavapipe|swiftshader` chooses.
 */
import { constants, tmpdir } from 'node:os'
import { createRequire } from 'node:module'
import { existsSync, mkdirSync, readFileSync, renameSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { DeviceError } from '../errors.ts'

export type AdapterChoice = 'auto' | 'hardware' | 'lavapipe' | 'swiftshader'

const ICD_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d']

/** RTLD_NODELETE of dlopen(3): the library stays loaded although Node finds that it is no add-on. */
const RTLD_NODELETE = 0x1000

function icdFiles(pattern: RegExp): string[] {
  return ICD_FOLDERS.filter(existsSync).flatMap((folder) => readdirSync(folder).filter((f) => pattern.test(f)).map((f) => join(folder, f)))
}

/** Members of an uncompressed tar archive (POSIX ustar): 512-byte headers, name at 0, octal size at 124. */
function untar(tar: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const name = tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '')
    const size = parseInt(tar.toString('latin1', at + 124, at + 136), 8)
    files.set(name.replace(/^\.\//, ''), tar.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return files
}

/** Unpacks SwiftShader and its Vulkan loader out of `@sparticuz/chromium`, once per version, and returns their folder. */
function embeddedSwiftShader(): string {
  let pack: string
  try {
    const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
    pack = join(dirname(entry), '..', '..', 'bin', 'swiftshader.tar.br')
  } catch (cause) {
    throw new DeviceError('no-adapter', '[adapter] the embedded SwiftShader needs the package @sparticuz/chromium, got none installed', { cause })
  }
  const folder = join(tmpdir(), `thaw-swiftshader-${readFileSync(pack).length}`)
  if (existsSync(folder)) return folder
  const fresh = `${folder}.${process.pid}`
  mkdirSync(fresh, { recursive: true })
  for (const [name, bytes] of untar(brotliDecompressSync(readFileSync(pack)))) {
    if (/^(libvulkan|libvk_swiftshader|vk_swiftshader)/.test(name)) writeFileSync(join(fresh, name), bytes, { mode: 0o755 })
  }
  try {
    renameSync(fresh, folder)
  } catch {
    rmSync(fresh, { recursive: true, force: true }) // another process was first
  }
  return folder
}

/**
 * Makes the embedded loader the process's Vulkan loader. Dawn asks dlopen for `libvulkan.so.1`; a library with that SONAME that
 * is already loaded is what it gets, so neither LD_LIBRARY_PATH nor a second process is needed.
 */
function useEmbedded(): void {
  const folder = embeddedSwiftShader()
  process.env['VK_ICD_FILENAMES'] = join(folder, 'vk_swiftshader_icd.json')
  try {
    process.dlopen({ exports: {} }, join(folder, 'libvulkan.so.1'), constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE)
  } catch {
    // always: the loader is no Node add-on
  }
}

let opened: Promise<GPU> | undefined

/** The process's GPU object, for the adapter that THAW_ADAPTER or `choice` names. Made once: Vulkan reads its drivers once. */
export function nodeGpu(choice = (process.env['THAW_ADAPTER'] ?? 'auto') as AdapterChoice): Promise<GPU> {
  opened ??= open(choice)
  return opened
}

async function open(choice: AdapterChoice): Promise<GPU> {
  if (choice === 'lavapipe') process.env['VK_ICD_FILENAMES'] = icdFiles(/^lvp_icd/)[0] ?? ''
  if (choice === 'swiftshader') useEmbedded()
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  return create([])
}
