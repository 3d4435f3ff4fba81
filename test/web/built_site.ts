/** Before the tests of the site: builds it once, for all of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { buildSite } from '../../tools/web.mjs'

export default async function setup(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'thaw-built-'))
  await (buildSite as (folder: string, options: { peers: boolean }) => Promise<string>)(folder, { peers: false })
  process.env['THAW_SITE'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
