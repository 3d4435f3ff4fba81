/** Shaders are text: what lets esbuild and vite import `.wgsl` files. */
import { readFileSync } from 'node:fs'

/**
 * Takes comments and needless white space out of a shader. Lines stay lines, since `specialize` looks for whole `const` lines, and
 * so do marks such as 0u/*k*\/ that a kernel's own TypeScript looks for. Spaces around + and - stay: `a - -b` is not `a--b`.
 */
export function minify(wgsl) {
  return wgsl
    .replace(/\/\*[^]*?\*\//g, (comment) => (/^\/\*\w+\*\/$/.test(comment) ? comment : ' '))
    .replace(/\/\/.*$/gm, '')
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' ').replace(/ ?([=*/<>&|(){},:;?%^!]) ?/g, '$1'))
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
export const viteWgsl = {
  name: 'wgsl',
  enforce: 'pre',
  load(id) {
    const file = id.split('?')[0]
    return file.endsWith('.wgsl') ? `export default ${JSON.stringify(readFileSync(file, 'utf8'))}` : undefined
  },
}
