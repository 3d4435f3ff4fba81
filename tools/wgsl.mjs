/** Shaders are text: what lets esbuild and vite import `.wgsl` files. */
import { readFileSync } from 'node:fs'

/**
 * Takes comments out of a shader, as lines of their own and behind code. `{ // each i0` stays: kernels look for it when they write
 * tiles out. Indentation stays too; gzip makes little of it.
 */
export function minify(wgsl) {
  return wgsl
    .split('\n')
    .map((line) => (line.includes('{ // each ') ? line : line.replace(/\s*\/\/.*$/, '')))
    .filter((line) => line.trim())
    .join('\n')
}

/** For esbuild. */
export function esbuildWgsl({ minified = false } = {}) {
  return {
    name: 'wgsl',
    setup(build) {
      build.onLoad({ filter: /\.wgsl$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8')
        return { contents: minified ? minify(text) : text, loader: 'text' }
      })
    },
  }
}

/** For vite and vitest. */
export const viteWgsl = {
  name: 'wgsl',
  enforce: 'pre',
  load(id) {
    const file = id.split('?')[0]
    return file.endsWith('.wgsl') ? `export default ${JSON.stringify(readFileSync(file, 'utf8'))}` : undefined
  },
}
