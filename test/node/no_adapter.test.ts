/** What somebody is told whose machine lacks a package or a driver: programs in a folder without packages. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'thaw-no-adapter-'))
  const adapter = JSON.stringify(join(import.meta.dirname, '../../src/node/adapter.ts'))
  await build({
    stdin: {
      contents: `import { nodeGpu } from ${adapter}
        const error = await nodeGpu().then(() => ({}), (e) => e)
        console.log(JSON.stringify({ code: error.code, message: error.message }))`,
      resolveDir: folder,
    },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'es2022',
    outfile: join(folder, 'probe.mjs'),
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const none = { VK_DRIVER_FILES: '/nowhere.json', VK_ICD_FILENAMES: '/nowhere.json', VK_ADD_DRIVER_FILES: '' }

function refusal(env: Record<string, string>): unknown {
  const { stdout } = spawnSync(process.execPath, [join(folder, 'probe.mjs')], { env: { ...process.env, ...env }, encoding: 'utf8' })
  return JSON.parse(stdout)
}

/** A package that fails when it is loaded, as one of another machine does. */
function brokenWebGpu(): void {
  const home = join(folder, 'node_modules', 'webgpu')
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), '{"name":"webgpu","version":"0.0.0","type":"module","exports":"./index.js"}')
  writeFileSync(join(home, 'index.js'), "throw new Error('libc.so.6: version GLIBC_2.99 not found\\n  and more')")
}

describe.runIf(process.platform === 'linux')('on Linux', () => {
  const driver = { VK_DRIVER_FILES: process.execPath, VK_ICD_FILENAMES: process.execPath, VK_ADD_DRIVER_FILES: '' }

  test('no driver, and no software adapter', () => {
    const software = process.arch === 'x64' ? ', or, for a software adapter, npm install @sparticuz/chromium' : ''
    expect(refusal({ ...none, THAW_ADAPTER: 'auto' })).toEqual({
      code: 'no-adapter',
      message:
        "[adapter] this machine must have a graphics adapter, got no Vulkan driver: install the GPU's Vulkan driver, or install Mesa's (Debian, Ubuntu: apt install mesa-vulkan-drivers; Fedora: dnf install mesa-vulkan-drivers)" +
        software,
    })
  })

  test('one that was chosen', () => {
    expect(refusal({ ...none, THAW_ADAPTER: 'hardware' })).toEqual({
      code: 'no-adapter',
      message:
        "[adapter] a GPU and its driver must be there for the adapter hardware, got no Vulkan driver file: install the GPU's Vulkan driver, or choose another with THAW_ADAPTER",
    })
    expect(refusal({ ...none, THAW_ADAPTER: 'lavapipe' })).toMatchObject({
      message: expect.stringContaining(
        "got no lvp_icd driver file: install Mesa's (Debian, Ubuntu: apt install mesa-vulkan-drivers;",
      ) as string,
    })
    if (process.arch === 'x64')
      expect(refusal({ ...none, THAW_ADAPTER: 'swiftshader' })).toMatchObject({
        message: expect.stringContaining('got none installed: npm install @sparticuz/chromium') as string,
      })
  })

  test('no package webgpu, and one that does not load here', () => {
    // Where the machine has no Vulkan loader either, that is what it is told first.
    const { code, message } = refusal({ ...driver, THAW_ADAPTER: 'hardware' }) as { code: string; message: string }
    if (code === 'no-adapter') return expect(message).toContain('no Vulkan loader')
    const rule = '[adapter] WebGPU in Node needs the package webgpu, got'
    expect({ code, message }).toEqual({ code: 'no-webgpu', message: `${rule} none installed: npm install webgpu` })
    brokenWebGpu()
    const got = `one that does not load on linux ${process.arch} (Error: libc.so.6: version GLIBC_2.99 not found)`
    expect(refusal({ ...driver, THAW_ADAPTER: 'hardware' })).toEqual({
      code: 'no-webgpu',
      message: `${rule} ${got}: npm install webgpu again, here`,
    })
  })
})
