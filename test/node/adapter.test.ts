/** Which adapter Node gets: in processes of their own, since a process reads THAW_ADAPTER and finds its Vulkan loader once. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isSoftwareAdapter } from '../../src/device/adapter.ts'
import { ArgumentError, DeviceError } from '../../src/errors.ts'
import { availableAdapters, layers, Model, openDevice } from '../../src/node.ts'
import { nodeGpu } from '../../src/node/adapter.ts'
import { driverFiles } from '../../src/node/vulkan.ts'

const LINUX_X64 = process.platform === 'linux' && process.arch === 'x64'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'thaw-adapter-test-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the probe prints in a process with these variables, and its exit code: 0 an adapter, 3 none, else a crash. */
function probe(env: Record<string, string>): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['tools/run.mjs', 'tools/adapter.ts'], { env: { ...process.env, ...env } }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out: out.trim(), err }),
    )
  })
}

/** A folder with one driver file. */
function driver(name: string, library: string): string {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.1.0' } }))
  return file
}

/** No drivers on the system, as the loader sees it. */
const none = { VK_DRIVER_FILES: '/nowhere.json', VK_ICD_FILENAMES: '/nowhere.json', VK_ADD_DRIVER_FILES: '' }

describe('THAW_ADAPTER', () => {
  test('an unknown value is refused, with the known ones', async () => {
    const { code, err } = await probe({ THAW_ADAPTER: 'vulkan' })
    expect(code).toBe(1)
    expect(err).toContain('[adapter] THAW_ADAPTER must be one of auto, hardware, lavapipe, swiftshader, got vulkan')
    await expect(nodeGpu('vulkan')).rejects.toThrow(ArgumentError)
  })

  test.runIf(LINUX_X64)('swiftshader is the embedded one, whatever drivers the system names', async () => {
    expect(await probe({ THAW_ADAPTER: 'swiftshader' })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^SwiftShader.*, software$/) as string,
    })
    expect(await probe({ ...none, THAW_ADAPTER: 'swiftshader' })).toMatchObject({
      code: 0,
      out: expect.stringContaining('SwiftShader') as string,
    })
  })

  test.runIf(LINUX_X64)('auto is SwiftShader where there are no drivers, and Dawn has nothing to complain of', async () => {
    for (const choice of ['auto', '']) {
      const { code, out, err } = await probe({ ...none, THAW_ADAPTER: choice })
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toContain('SwiftShader')
    }
  })

  test.runIf(LINUX_X64)('auto is SwiftShader where Dawn refuses the only driver, in the same process', async () => {
    const refused = driver('lvp_icd.refused.json', '/nowhere/libvulkan_lvp.so')
    const env = { ...none, VK_DRIVER_FILES: refused, VK_ICD_FILENAMES: refused }
    expect(await probe({ ...env, THAW_ADAPTER: 'auto' })).toMatchObject({ code: 0, out: expect.stringContaining('SwiftShader') as string })
    const { code, out } = await probe({ ...env, THAW_ADAPTER: 'lavapipe' })
    expect(code).toBe(3)
    expect(out).toContain(`for the adapter lavapipe, got ${refused}, which Dawn refuses`)
  })

  test.runIf(process.platform === 'linux')('a chosen adapter that is not there is named', async () => {
    const hardware = await probe({ ...none, THAW_ADAPTER: 'hardware' })
    expect(hardware).toMatchObject({
      code: 3,
      out: expect.stringContaining('for the adapter hardware, got no Vulkan driver file') as string,
    })
    const lavapipe = await probe({ ...none, THAW_ADAPTER: 'lavapipe' })
    expect(lavapipe).toMatchObject({
      code: 3,
      out: expect.stringContaining('for the adapter lavapipe, got no lvp_icd driver file') as string,
    })
  })
})

test('every available adapter opens in this one process, side by side, and predicts', async () => {
  const before = { ...process.env }
  const available = await availableAdapters()
  expect(available.length).toBeGreaterThan(0)
  if (LINUX_X64) expect(available.at(-1)!.choice).toBe('swiftshader')
  const devices = []
  for (const { choice } of available) devices.push({ choice, device: await openDevice({ adapter: choice }) })
  for (const { choice, device } of devices) {
    expect(isSoftwareAdapter(device.info)).toBe(choice !== 'hardware')
    if (choice === 'swiftshader') expect(device.info.description).toMatch(/swiftshader/i)
    if (choice === 'lavapipe') expect(device.info.description).toMatch(/llvmpipe/i)
    const input = layers.input({ shape: [4] })
    const output = layers.dense({ units: 2, kernelInitializer: 'ones' }).apply(input)
    using model = new Model({ inputs: input, outputs: output })
    await model.compile({ device })
    expect([...(await model.predict({ shape: [1, 4], data: new Float32Array([1, 2, 3, 4]) })).data]).toEqual([10, 10])
  }
  for (const { device } of devices) device.dispose()
  expect(process.env).toEqual(before)
})

test('the GPU object is made once for each adapter', async () => {
  const [{ choice }] = (await availableAdapters()) as unknown as [{ choice: string }]
  expect(await nodeGpu(choice)).toBe(await nodeGpu(choice))
})

test('openDevice refuses an adapter that it does not know, one that is not there, and two that contradict', async () => {
  await expect(openDevice({ adapter: 'metal' as 'auto' })).rejects.toThrow(ArgumentError)
  const gpu = await nodeGpu()
  await expect(openDevice({ adapter: 'auto', gpu })).rejects.toThrow('adapter must not be given together with gpu')
  const available = (await availableAdapters()).map((a) => a.choice)
  for (const choice of (['hardware', 'lavapipe', 'swiftshader'] as const).filter((c) => !available.includes(c))) {
    const error: unknown = await openDevice({ adapter: choice }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(DeviceError)
    expect(error).toMatchObject({ code: 'no-adapter', message: expect.stringContaining(choice) as string })
  }
})

test("driver files are looked for where the Vulkan loader looks, in its order, and the user's own list comes first", () => {
  const config = join(folder, 'config', 'vulkan', 'icd.d')
  const data = join(folder, 'data', 'vulkan', 'icd.d')
  for (const path of [config, data]) mkdirSync(path, { recursive: true })
  writeFileSync(join(config, 'a.json'), '{}')
  writeFileSync(join(data, 'b.json'), '{}')
  writeFileSync(join(data, 'notes.txt'), '')
  const added = driver('added.json', './a.so')
  const given = driver('given.json', './b.so')
  const searched = {
    XDG_CONFIG_HOME: '/nowhere',
    XDG_CONFIG_DIRS: `/nowhere:${join(folder, 'config')}`,
    XDG_DATA_HOME: '/nowhere',
    XDG_DATA_DIRS: join(folder, 'data'),
  }
  const found = driverFiles(searched).filter((file) => !file.startsWith('/etc/'))
  expect(found).toEqual([join(config, 'a.json'), join(data, 'b.json')])
  expect(driverFiles({ ...searched, VK_ADD_DRIVER_FILES: added })[0]).toBe(added)
  expect(driverFiles({ ...searched, VK_ICD_FILENAMES: `${given}:/nowhere.json` })).toEqual([given])
  expect(driverFiles({ ...searched, VK_DRIVER_FILES: given, VK_ICD_FILENAMES: added })).toEqual([given])
})
