/** Builds the site and serves it on this machine: `node tools/run.mjs tools/serve-web.ts [PORT]`; 8080 unless another is named. */
import { serveSite } from './site.ts'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { buildSite } from './web.mjs'

const folder = await (buildSite as () => Promise<string>)()
const { url } = await serveSite(folder, { headers: {}, port: Number(process.argv[2] ?? 8080) }) // its page brings a policy of its own
console.log(url)
