/** What somebody without WebGPU or an adapter is told: what there is, and what to do next. */
import { expect, test } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import { noAdapter, noWebGpu, type Surroundings } from '../../src/device/missing.ts'

test.each<[string, Surroundings, string]>([
  [
    'Node without its entry',
    { process: { versions: { node: '22.1.0' } } },
    'got Node without it: import thaw-webgpu/node instead of thaw-webgpu, and npm install webgpu',
  ],
  [
    'a page that is not secure',
    { isSecureContext: false, location: { origin: 'http://192.168.0.7:8080' } },
    'got a page that is not secure (http://192.168.0.7:8080): open it by https, or on this machine as http://localhost',
  ],
  [
    'an old browser',
    { isSecureContext: true, location: { origin: 'https://a.example' } },
    'got a browser without it: take a current Chrome, Edge, Safari or Firefox, or update this one',
  ],
])('%s', (_what, here, rest) => {
  const error = noWebGpu(here)
  expect([error.code, error.message]).toEqual(['no-webgpu', `[device] WebGPU must be there, ${rest}`])
})

test('no adapter in a browser: what its user does; what a tester does only where a program drives it', () => {
  const message =
    "[device] a graphics adapter must be found, got none from the browser: switch on graphics acceleration in the browser's settings, restart it, and update the graphics driver (chrome://gpu says what is wrong)"
  expect(noAdapter({ navigator: { webdriver: false } })).toMatchObject({ code: 'no-adapter', message })
  expect(noAdapter({ navigator: { webdriver: true } }).message).toBe(`${message}; in headless Chrome pass --enable-unsafe-webgpu`)
})

test('openDevice says so', async () => {
  const gpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU
  await expect(openDevice({ gpu })).rejects.toThrow('[device] a graphics adapter must be found, got none from the browser: switch on')
})
