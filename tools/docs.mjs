/**
 * The API reference, by typedoc, into `docs/api` (not in git). Fails for every name that the package exports, and every layer, that says nothing of itself, and
 * for every warning of typedoc's. `--check` writes nothing.
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
  readme: 'none',
  disableGit: true,
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  skipErrorChecking: true, // `tsc` is a stage of its own
  validation: { notExported: false, invalidLink: true, notDocumented: false },
  treatWarningsAsErrors: true,
})

/** A function's comment is its signature's. */
const isDocumented = (it) => it.hasComment() || (it.signatures ?? []).some((s) => s.hasComment())
const named = ReflectionKind.Class | ReflectionKind.Interface | ReflectionKind.TypeAlias | ReflectionKind.Function | ReflectionKind.Variable

const project = await app.convert()
if (!project) process.exit(1)
app.validate(project)
const silent = project.getReflectionsByKind(named).filter((it) => {
  const inside = it.parent?.kindOf(ReflectionKind.Module | ReflectionKind.Project) || it.parent?.name === 'layers'
  return inside && !isDocumented(it)
})
for (const it of silent) app.logger.error(`${it.getFullName()} must say what it is, got no comment before it`)
if (!process.argv.includes('--check')) await app.generateOutputs(project)
process.exitCode = app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0
