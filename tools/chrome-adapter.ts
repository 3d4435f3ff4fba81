/** Prints the Chrome of the browser tests and the adapter that it gives; exit code 3 where it gives none. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import { adapterLabel } from '../src/device/adapter.ts'
import { chromeLaunch } from './chrome.ts'

/** The adapter's facts, as plain data; null where there is none. Runs in the page. */
async function adapterInfo(): Promise<GPUAdapterInfo | null> {
  const adapter = await (navigator as Partial<Navigator>).gpu?.requestAdapter()
  if (!adapter) return null
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info
  return { vendor, architecture, device, description, isFallbackAdapter } as GPUAdapterInfo
}

// Pages have WebGPU in secure contexts only; a server on this machine is one.
const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'))
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
const launch = chromeLaunch()
const browser = await chromium.launch(launch)
try {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const info = await page.evaluate(adapterInfo)
  console.log(`Chrome ${browser.version()} (${launch.executablePath}): ${info ? adapterLabel(info) : 'no WebGPU adapter'}`)
  process.exitCode = info ? 0 : 3
} finally {
  await browser.close()
  server.close()
}
