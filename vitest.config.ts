import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config'
import { chromeLaunch } from './tools/chrome.ts'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { viteWgsl } from './tools/wgsl.mjs'

/** What runs on a GPU, in Node on each adapter and in Chrome alike. */
const GPU_TESTS = [
  ...['kernels', 'graph', 'device', 'plan', 'training', 'models', 'layers', 'element'].map((folder) => `test/${folder}/**/*.test.ts`),
  ...['keras/load_weights', 'images/load_image', 'images/class_names'].map((file) => `test/loaders/${file}.test.ts`),
  'test/loaders/**/*.page.test.ts',
]

/** THAW_TESTS=gpu leaves out what needs no GPU: for a second adapter. */
const nodeTests = process.env['THAW_TESTS'] === 'gpu' ? [...GPU_TESTS, 'test/node/vgg16_file.test.ts'] : ['test/**/*.test.ts']

/** What changes its whole process (globals of a page, the program's own cache) has one of its own; the others share modules and device. */
const ALONE = ['test/loaders/weights/cache_store.test.ts', 'test/node/build.test.ts', 'test/cli/predict.test.ts']

/** How long a state is waited for that must come: far more than any machine needs. */
const expected = { poll: { timeout: 90_000 } }

const inNode = {
  expect: expected,
  pool: 'forks' as const,
  maxWorkers: 1,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  server: { deps: { inline: ['wgsl_reflect'] } },
}

/** Tests use what the lesson has fetched into the checkout, and nothing of the user's own. */
process.env['THAW_CACHE'] ||= fileURLToPath(new URL('.cache', import.meta.url))

const shared = {
  plugins: [(viteWgsl as () => NonNullable<ViteUserConfig['plugins']>[number])()],
  oxc: { target: 'es2022' }, // Node 20 has no `using`
}

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          ...inNode,
          name: 'node',
          include: nodeTests,
          exclude: [...configDefaults.exclude, '**/*.page.test.ts', 'test/web/**', ...ALONE], // pages' tests: what only a page has
          isolate: false,
        },
      },
      {
        ...shared,
        test: { ...inNode, name: 'node alone', include: process.env['THAW_TESTS'] === 'gpu' ? [] : ALONE },
      },
      {
        ...shared,
        test: {
          ...inNode,
          name: 'web',
          include: ['test/web/**/*.test.ts'],
          globalSetup: ['test/web/built_site.ts'],
          testTimeout: 400_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'chrome',
          expect: expected,
          include: GPU_TESTS,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            fileParallelism: false,
            provider: playwright({ launchOptions: chromeLaunch() }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
