import { defineConfig } from 'vitest/config'
import { readFileSync } from 'node:fs'

/** Shaders are text. */
const wgsl = {
  name: 'wgsl',
  load(id: string) {
    const file = id.split('?')[0]!
    return file.endsWith('.wgsl') ? `export default ${JSON.stringify(readFileSync(file, 'utf8'))}` : undefined
  },
}

export default defineConfig({
  plugins: [wgsl],
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 60_000,
    server: { deps: { inline: ['wgsl_reflect'] } },
  },
})
