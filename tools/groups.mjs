/**
 * Which sources are published as one file. What a page loads together or not at all is smaller as one: a chunk is compressed alone, and is a
 * request. Everything else stays a module of its own, which a page's bundler leaves out where nothing imports it.
 */
import { posix } from 'node:path'
import { build } from 'esbuild'

/** What pages have before they load anything, or may import alone: with what it imports, it is in no group. */
const APART = [
  ...['models/load_model', 'models/create_classifier', 'device/device', 'element/index'],
  ...['loaders/bytes/http', 'loaders/bytes/blob', 'loaders/images/load', 'loaders/keras/python_json'],
  ...['tensor', 'random', 'about'],
]

/** Ops that the engine itself adds to graphs; `ops` of the entry has them, too, so they are no part of the engine's file. */
const ENGINE_OPS = ['slice', 'column_sum', 'moments', 'fold_batch_norm_scale', 'fold_batch_norm_shift', 'unpack']

/**
 * Groups in the order of their imports, and sources that each begins with: it has what these import, but for what is apart or in a group before.
 * `base`: what a model, a layer and an op are; `layers`: those that most files have, with their kernels; `engine`: what runs a model;
 * `files`: layers and configs of files; `weights`: from file to network; `models`: whole models out of files.
 */
const GROUPS = {
  base: ['training/model', 'graph/graph', 'kernels/common', 'kernels/shader'],
  layers: ['layers/registry', 'layers/config', ...ENGINE_OPS.map((op) => `kernels/${op}`), 'graph/layout', 'dtype'],
  engine: ['training/compile'],
  files: ['loaders/keras/keras', 'loaders/keras/model_config'],
  weights: ['loaders/keras/load_weights'],
  models: ['models/from_file'],
}

const STATIC = /^(?:import|export)\s+(?:(\{[^}]*\}|\* as \w+|\*)\s+from\s+)?"(\.[^"]+)\.js";/gm
const DYNAMIC = /\bimport\("(\.[^"]+)\.js"\)/g

/** What a module that esbuild wrote imports of others. `names`: undefined for a whole one. */
function importsOf(module, code) {
  const at = (path) => posix.join(posix.dirname(module), path)
  const statics = [...code.matchAll(STATIC)].map(([, clause, path]) => ({
    module: at(path),
    dynamic: false,
    names: clause?.startsWith('*') ? undefined : (clause?.match(/[\w$]+(?= as |,|\s*\})/g) ?? []),
  }))
  return [...statics, ...[...code.matchAll(DYNAMIC)].map(([, path]) => ({ module: at(path), dynamic: true, names: undefined }))]
}

/** Modules by their names, with what each imports and exports. */
async function modulesOf(options, outdir) {
  const { metafile, outputFiles } = await build({ ...options, outdir, write: false })
  const nameOf = (path) => posix.relative(outdir, path.replaceAll('\\', '/')).replace(/\.js$/, '')
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [nameOf(posix.resolve(path)), output]))
  return new Map(
    outputFiles.map(({ path, text }) => [
      nameOf(path),
      { imports: importsOf(nameOf(path), text), exports: outputs.get(nameOf(path)).exports },
    ]),
  )
}

/** Adds modules, and what they import, to a set, but for what `skip` has. */
function reach(modules, from, skip, into) {
  for (const module of from) {
    if (into.has(module) || skip(module)) continue
    into.add(module)
    const { imports } = modules.get(module)
    reach(
      modules,
      imports.filter(({ dynamic }) => !dynamic).map((i) => i.module),
      skip,
      into,
    )
  }
  return into
}

/** Names of each group's modules that others import, with the modules that they are of. */
function wantedOf(modules, groupOf) {
  const wanted = new Map(Object.keys(GROUPS).map((group) => [group, new Map()]))
  for (const [from, { imports }] of modules)
    for (const { module, dynamic, names } of imports) {
      const group = groupOf.get(module)
      if (!group || group === groupOf.get(from)) continue
      if (!names && !dynamic) throw new Error(`a module of the group ${group} must be imported by names, got all of ${module} in ${from}`)
      for (const name of names ?? modules.get(module).exports) {
        const before = wanted.get(group).get(name) ?? module
        if (before !== module) throw new Error(`names of the group ${group} must be unique, got ${name} of ${before} and ${module}`)
        wanted.get(group).set(name, module)
      }
    }
  return wanted
}

/**
 * @param {import('esbuild').BuildOptions} options that make every source a module
 * @param {string} outdir absolute
 * @returns {Promise<{ groupOf: Map<string, string>, texts: Map<string, string> }>} which module is in which group, and the source of each group's file
 */
export async function groups(options, outdir) {
  const modules = await modulesOf(options, outdir)
  const apart = reach(modules, APART, () => false, new Set())
  const groupOf = new Map()
  for (const [group, roots] of Object.entries(GROUPS))
    for (const module of reach(modules, roots, (m) => apart.has(m) || groupOf.has(m), new Set())) groupOf.set(module, group)
  const textOf = (names) => [...names].map(([name, module]) => `export { ${name} } from './${module}.ts'\n`).join('')
  return { groupOf, texts: new Map([...wantedOf(modules, groupOf)].map(([group, names]) => [group, textOf(names)])) }
}
