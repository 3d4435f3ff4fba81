/** Shaders are text: what lets esbuild and vite import `.wgsl` files. */
import { readFileSync } from 'node:fs'

/** Lines of a declaration that a kernel may replace, which it finds by how they are written. */
const DECLARATION = /^(@|alias |const |fn |struct )/

/**
 * Takes line comments, indentation and the spaces around operators (but not those of one minus after another) out of a shader. Lines stay lines and block comments stay: kernels repeat
 * lines that such comments mark.
 */
export function minify(wgsl) {
  return wgsl
    .split('\n')
    .map((line) => line.replace(/\/\/.*$/, '').trim())
    .map((line) =>
      DECLARATION.test(line) ? line : line.replace(/ ?([=+*&|<>,;{}:/%!]+) ?/g, '$1').replace(/(?<=[\w)\]]) - (?=[\w(])/g, '-'),
    )
    .filter(Boolean)
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
export function viteWgsl({ minified = false } = {}) {
  return {
    name: 'wgsl',
    enforce: 'pre',
    load(id) {
      const file = id.split('?')[0]
      if (!file.endsWith('.wgsl')) return undefined
      const text = readFileSync(file, 'utf8')
      return { code: `export default ${JSON.stringify(minified ? minify(text) : text)}`, moduleType: 'js' }
    },
  }
}
