/** The site: `node tools/web.mjs` builds it into `web/dist`, a folder for any static host. `serve-web.ts` and tests import this. */
import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
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

/** Which files the service worker keeps, and of which state they are. */
function siteOf(outdir) {
  const files = filesIn(outdir)
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(join(outdir, file)))
  return { version: hash.digest('hex').slice(0, 12), files: ['./', ...files.map((file) => `./${file}`)] }
}

/** Builds the site. Page and worker are bundles of their own, so that the page has nothing of the engine. @returns the folder */
export async function buildSite(outdir = join(web, 'dist')) {
  rmSync(outdir, { recursive: true, force: true })
  mkdirSync(outdir, { recursive: true })
  const split = { ...shared, splitting: true, outdir, chunkNames: 'chunks/[name]-[hash]' }
  await Promise.all([
    build({ ...split, entryPoints: { main: source('main.tsx') } }),
    build({ ...split, entryPoints: { worker: source('worker/main.ts') } }),
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
}
