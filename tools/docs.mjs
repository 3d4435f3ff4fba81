/**
 * The API reference, by typedoc, into `docs/api` (not in git). Fails for every name that the package exports, every layer, and every member
 * of a class or interface, that says nothing of itself, and for every warning of typedoc's. `--check` writes nothing.
 */
import { fileURLToPath } from 'node:url'
import { Application, ReflectionKind } from 'typedoc'

const root = fileURLToPath(new URL('..', import.meta.url))
const app = await Application.bootstrap({
  tsconfig: `${root}tsconfig.json`,
  basePath: root,
  entryPoints: ['index.ts', 'node.ts', 'element/index.ts'].map((file) => `${root}src/${file}`),
  out: `${root}docs/api`,
  name: 'Thaw',
  readme: `${root}docs/reference.md`,
  disableGit: true,
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  skipErrorChecking: true, // `tsc` is a stage of its own
  validation: { notExported: false, invalidLink: true, notDocumented: false },
  treatWarningsAsErrors: true,
})

const named = ReflectionKind.Class | ReflectionKind.Interface | ReflectionKind.TypeAlias | ReflectionKind.Function | ReflectionKind.Variable
const member = ReflectionKind.Property | ReflectionKind.Method | ReflectionKind.Accessor

/** A function's comment is its signature's, that of an accessor its getter's or its setter's. */
const isDocumented = (it) => [it, ...(it.signatures ?? []), it.getSignature, it.setSignature].some((part) => part?.hasComment())

/** Names of the package, layers by their names, and members of classes and interfaces where these are declared; not ops', nor what Symbols name. */
function mustBeDocumented(it) {
  const { parent } = it
  if (it.kindOf(named)) return parent?.kindOf(ReflectionKind.Module | ReflectionKind.Project) || parent?.name === 'layers'
  return parent?.kindOf(ReflectionKind.Class | ReflectionKind.Interface) && !it.inheritedFrom && !it.overwrites && !it.name.startsWith('[')
}

const project = await app.convert()
if (!project) process.exit(1)
app.validate(project)
const silent = project.getReflectionsByKind(named | member).filter((it) => mustBeDocumented(it) && !isDocumented(it))
for (const it of silent) app.logger.error(`${it.getFullName()} must say what it is, got no comment before it`)
if (!process.argv.includes('--check')) await app.generateOutputs(project)
process.exitCode = app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0
