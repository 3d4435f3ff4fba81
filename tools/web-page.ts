/** The site in headless Chrome, for its tests and its pictures. */
import type { Server } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { chromeLaunch } from './chrome.ts'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { buildSite, serveSite } from './web.mjs'

/** A camera that shows a moving test picture, and is allowed. */
const FAKE_CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']

export interface Site {
  readonly browser: Browser
  readonly url: string
  /** What was built. */
  readonly folder: string
  close(): Promise<void>
}

/** Builds and serves the site, and opens a browser. */
export async function openSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'thaw-site-'))
  await (buildSite as (folder: string) => Promise<string>)(folder)
  const server = await (serveSite as (folder: string) => Promise<Server>)(folder)
  const launch = chromeLaunch()
  const browser = await chromium.launch({ ...launch, args: [...launch.args, ...FAKE_CAMERA] })
  return {
    browser,
    folder,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      await browser.close()
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Waits until the page can be used: the built-in network is open, and so is the device. */
export const ready = (page: Page): Promise<void> => page.getByText(/parameters, pictures of/).waitFor({ timeout: 60_000 })
