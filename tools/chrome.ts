/** Finds a Chrome for the browser tests: an installed one, else the headless Chromium of `@sparticuz/chromium`, unpacked once. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { brotliTar, unpackedOnce } from '../src/node/unpack.ts'

export interface ChromeLaunch {
  readonly executablePath: string
  readonly args: string[]
  readonly env: Record<string, string>
}

const NAMES = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser']
const APPLICATIONS = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium']

const ARGS = ['--headless', '--no-sandbox', '--enable-unsafe-webgpu', '--gpu-watchdog-timeout-seconds=120']

/** Beside `args`: a camera that shows a moving test picture, and is allowed. */
export const FAKE_CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']

/** THAW_CHROME names one; else the first that is on the path. */
function installed(): string | undefined {
  const given = process.env['THAW_CHROME']
  if (given) return given
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...APPLICATIONS].find(existsSync)
}

/** Chromium, SwiftShader, fonts and the NSS libraries that bare machines lack, in one folder. */
function unpacked(): string {
  const bin = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', '..', 'bin')
  const chromium = join(bin, 'chromium.br')
  return unpackedOnce(`thaw-chromium-${statSync(chromium).size}`, () => [
    { name: 'chromium', data: brotliDecompressSync(readFileSync(chromium)) },
    ...['al2023.tar.br', 'swiftshader.tar.br', 'fonts.tar.br'].flatMap((pack) => [...brotliTar(join(bin, pack))]),
  ])
}

export function chromeLaunch(): ChromeLaunch {
  const env = Object.fromEntries(Object.entries(process.env).filter((e): e is [string, string] => e[1] !== undefined))
  const chrome = installed()
  if (chrome) return { executablePath: chrome, args: ARGS, env }
  const folder = unpacked()
  const libraries = [join(folder, 'lib'), folder, env['LD_LIBRARY_PATH']].filter(Boolean).join(':')
  return {
    executablePath: join(folder, 'chromium'),
    args: [...ARGS, '--no-zygote', '--in-process-gpu', '--use-webgpu-adapter=swiftshader'],
    env: { ...env, LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: join(folder, 'fonts') },
  }
}
