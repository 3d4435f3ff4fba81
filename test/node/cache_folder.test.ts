/** Where downloads are kept on each system, and for users whom the system does not know. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { cacheFolder, formerCacheFolder } from '../../src/node/cache_folder.ts'

const VARIABLES = ['THAW_CACHE', 'XDG_CACHE_HOME', 'LOCALAPPDATA'] as const
function on(platform: string, env: Partial<Record<(typeof VARIABLES)[number], string>> = {}): void {
  vi.stubGlobal('process', Object.create(process, { platform: { value: platform } }))
  for (const name of VARIABLES) vi.stubEnv(name, env[name])
  vi.stubEnv('HOME', '/home/ann')
}
afterEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
})

describe.skipIf(process.platform === 'win32')('downloads are kept', () => {
  const rows: readonly (readonly [platform: string, env: Parameters<typeof on>[1], folder: string])[] = [
    ['linux', {}, '/home/ann/.cache/thaw'],
    ['linux', { XDG_CACHE_HOME: '/xdg' }, '/xdg/thaw'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/ann/.cache/thaw'],
    ['linux', { XDG_CACHE_HOME: '' }, '/home/ann/.cache/thaw'],
    ['freebsd', {}, '/home/ann/.cache/thaw'],
    ['darwin', { XDG_CACHE_HOME: '/xdg' }, '/home/ann/Library/Caches/thaw'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/thaw/Cache'],
    ['win32', {}, '/home/ann/AppData/Local/thaw/Cache'],
    ['linux', { THAW_CACHE: '', XDG_CACHE_HOME: '/xdg' }, '/xdg/thaw'],
    ['linux', { THAW_CACHE: '/own', XDG_CACHE_HOME: '/xdg' }, '/own'],
    ['darwin', { THAW_CACHE: '/own' }, '/own'],
    ['win32', { THAW_CACHE: '/own', LOCALAPPDATA: '/local' }, '/own'],
  ]
  test.each(rows)('on %s with %j in %s', (platform, env, folder) => {
    on(platform, env)
    expect(cacheFolder()).toBe(folder)
  })

  test('THAW_CACHE leaves the former folder alone', () => {
    on('linux')
    expect(formerCacheFolder()).toBe(join(process.cwd(), '.cache'))
    on('linux', { THAW_CACHE: '/own' })
    expect(formerCacheFolder()).toBeUndefined()
  })
})

/** Only root may become somebody else. */
describe.skipIf(process.getuid?.() !== 0)('a user without an entry in passwd', () => {
  test('has folders, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'thaw-nobody-'))
    try {
      const script = join(folder, 'who.mjs')
      chmodSync(folder, 0o755)
      const source = (name: string) => JSON.stringify(join(import.meta.dirname, '../../src/node', name))
      await build({
        stdin: {
          contents: `import { userInfo } from 'node:os'
            import { cacheFolder } from ${source('cache_folder.ts')}
            import { driverFiles } from ${source('vulkan.ts')}
            import { unpackedOnce } from ${source('unpack.ts')}
            let known = true
            try { userInfo() } catch { known = false }
            const unpacked = unpackedOnce('thaw-nobody-test', () => [{ name: 'one', data: Buffer.from('1') }])
            console.log(JSON.stringify({ known, cache: cacheFolder(), drivers: Array.isArray(driverFiles()), unpacked }))`,
          resolveDir: folder,
        },
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'es2022',
        outfile: script,
      })
      const uid = 2 ** 30 + 5
      const { stdout, stderr } = spawnSync(process.execPath, [script], { uid, gid: uid, env: {}, encoding: 'utf8' })
      expect(stderr).toBe('')
      const unpacked = `/tmp/thaw-nobody-test-${uid}` // without variables the folder for temporary files is this one
      rmSync(unpacked, { recursive: true, force: true })
      expect(JSON.parse(stdout)).toEqual({ known: false, cache: '/tmp/.cache/thaw', drivers: true, unpacked })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
