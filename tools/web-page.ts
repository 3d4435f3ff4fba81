/** The site in headless Chrome, for its tests and its pictures. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { chromeLaunch, FAKE_CAMERA } from './chrome.ts'
import { serveSite } from './site.ts'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { buildSite } from './web.mjs'

export interface Site {
  readonly browser: Browser
  readonly url: string
  /** What was built. */
  readonly folder: string
  close(): Promise<void>
}

export interface SiteOptions {
  /** Whether Measure has peers; default false, which builds faster. */
  readonly peers?: boolean
  /** Chrome's arguments, from those that it has elsewhere. */
  readonly chrome?: (args: readonly string[]) => readonly string[]
}

/** Serves the site, built unless `THAW_SITE` names a folder where it is, and opens a browser. */
export async function openSite({ peers = false, chrome = (args) => args }: SiteOptions = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'thaw-site-'))
  const built = process.env['THAW_SITE']
  if (built && !peers) cpSync(built, folder, { recursive: true })
  else await (buildSite as (folder: string, options: { peers: boolean }) => Promise<string>)(folder, { peers })
  const served = await serveSite(folder, { headers: {} }) // its page brings a policy of its own
  const launch = chromeLaunch()
  const browser = await chromium.launch({ ...launch, args: [...chrome(launch.args), ...FAKE_CAMERA] })
  return {
    browser,
    folder,
    url: served.url,
    async close() {
      await browser.close()
      served.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Waits until the page can be used: the built-in network is open, and so is the device. */
export const ready = (page: Page): Promise<void> => page.getByText(/parameters, pictures of/).waitFor({ timeout: 90_000 })
