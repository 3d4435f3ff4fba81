/** The site: `node tools/web.mjs` builds it into `web/dist`, a folder for any static host. `serve-web.ts` and tests import this. */
import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { esbuildWgsl } from './wgsl.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const web = join(root, 'web')
/** What is copied as it is. */
const STATIC = ['index.html', 'style.css', 'icon.svg', 'builtin/small.keras']

const shared = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
  plugins: [esbuildWgsl({ minified: true })],
}
const source = (file) => join(web, 'src', file)

/** Names of files below a folder, with `/`. */
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort()

/** Which files the service worker keeps, and of which state they are. Peers are fetched when somebody measures. */
function siteOf(outdir) {
  const files = filesIn(outdir)
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(join(outdir, file)))
  const kept = files.filter((file) => !file.startsWith('peers/'))
  return { version: hash.digest('hex').slice(0, 12), files: ['./', ...kept.map((file) => `./${file}`)] }
}

/** What Measure compares with, where `npm ci --prefix bench` has installed it. */
const tfjs = join(root, 'bench/node_modules/@tensorflow')
export const peersInstalled = existsSync(join(tfjs, 'tfjs-backend-wasm'))

/** tfjs for Measure, a file that is loaded when somebody measures, beside what its WebAssembly backend loads. */
async function buildPeers(outdir) {
  await build({ ...shared, platform: 'browser', entryPoints: { tfjs: join(root, 'bench/tfjs_page.mjs') }, outdir })
  const folder = join(tfjs, 'tfjs-backend-wasm/dist')
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.wasm'))) cpSync(join(folder, file), join(outdir, file))
}

/**
 * Builds the site. Page and workers are bundles of their own, so that the page has nothing of the engine.
 * @param peers whether Measure has others to compare with; default: where they are installed
 * @returns the folder
 */
export async function buildSite(outdir = join(web, 'dist'), { peers = peersInstalled } = {}) {
  rmSync(outdir, { recursive: true, force: true })
  mkdirSync(outdir, { recursive: true })
  const split = { ...shared, splitting: true, outdir, chunkNames: 'chunks/[name]-[hash]' }
  await Promise.all([
    build({ ...split, define: { PEERS: String(peers) }, entryPoints: { main: source('main.tsx') } }),
    build({ ...split, entryPoints: { worker: source('worker/main.ts'), measure: source('worker/measure.ts') } }),
    peers && buildPeers(join(outdir, 'peers')),
    build({ ...shared, format: 'iife', entryPoints: { take: source('take/page.ts') }, outdir }),
  ])
  for (const file of STATIC) cpSync(join(web, file), join(outdir, file.split('/').at(-1)))
  const define = { SITE: JSON.stringify(siteOf(outdir)) }
  await build({ ...shared, format: 'iife', define, entryPoints: { sw: source('sw.ts') }, outdir })
  return outdir
}

/** Gzipped bytes of the page itself: what is there before the engine comes. */
export const pageBytes = (folder) =>
  ['index.html', 'style.css', 'main.js'].reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file)), { level: 9 }).length, 0)

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = await buildSite()
  console.log(`${folder}: ${pageBytes(folder)} bytes gzipped of the page's own`)
  if (!peersInstalled) console.log('Measure has no peers to compare with: npm ci --prefix bench brings them')
}
