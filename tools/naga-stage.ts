/** Every shader of every network through naga; prints how many, or why there is no naga and then ends with exit code 3. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findNaga, translate } from './naga.ts'
import { allShaders } from './shaders.ts'

const cache = fileURLToPath(new URL('../.cache/naga/', import.meta.url))
const naga = findNaga(cache, process.env['THAW_NAGA'] === 'install')
if (naga) {
  const shaders = await allShaders()
  const folder = `${cache}shaders`
  const problems = await translate(naga, folder, new Map([...shaders].map(([name, { wgsl }]) => [name, wgsl])))
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length ? 1 : 0
  const written = readdirSync(folder).filter((file) => /\.(metal|hlsl)$/.test(file)).length
  console.log(`${shaders.size} shaders, ${written} translations in ${folder}`)
} else {
  console.log('no naga on the PATH; `cargo install naga-cli` brings it, and THAW_NAGA=install builds one where there is cargo')
  process.exitCode = 3
}
