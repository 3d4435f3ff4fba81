/**
 * The examples in the docstrings: `@example` and the code below it, to the end of the comment or the next tag. And the rule for public names: each that is a
 * value has one; a type has one, or says by `{@link name}` whose it shares.
 */
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** The package's entries, below `src/`. */
export const ENTRIES = ['index', 'node', 'element/index'] as const

/** An example as it stands in a docstring. */
export interface DocExample {
  /** What it is an example of: `loadModel`, `Model.fit`. */
  readonly name: string
  /** Its file, from the root. */
  readonly file: string
  readonly code: string
}

/** A name that an entry exports. */
export interface PublicName {
  readonly name: string
  readonly file: string
  /** Not a value. */
  readonly isType: boolean
  readonly hasExample: boolean
  /** Names in its `{@link}`s. */
  readonly links: readonly string[]
}

/**
 * The package's sources, and files besides.
 * @param before shares with it what has not changed
 */
export function programOf(files: readonly string[] = [], before?: ts.Program): ts.Program {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)) as { config: object }
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root)
  // What this project asks of its own code alone.
  const asUsers = {
    incremental: false,
    tsBuildInfoFile: undefined,
    noUnusedLocals: false,
    noUnusedParameters: false,
    noUncheckedIndexedAccess: false,
  }
  const all = [...ENTRIES.map((entry) => `src/${entry}.ts`), 'src/wgsl.d.ts', ...files]
  return ts.createProgram(
    all.map((file) => root + file),
    { ...options, ...asUsers },
    undefined,
    before,
  )
}

/** Of `export * as ops` that of the statement. */
const commentsOf = (node: ts.Node) =>
  ts.getJSDocCommentsAndTags(ts.isNamespaceExport(node) ? node.parent : node).filter((it): it is ts.JSDoc => ts.isJSDoc(it))

/** The code of an example's tag: what is behind ` * ` on each line. */
const codeOf = (tag: ts.JSDocTag) =>
  tag
    .getText()
    .replace(/\*\/$/, '')
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/^\s*\*? ?/, ''))
    .join('\n')
    .trimEnd()

const examplesIn = (comment: ts.JSDoc) => (comment.tags ?? []).filter((tag) => tag.tagName.text === 'example')

/** `Model.fit` of a method, `loadModel` of a function. */
function nameOf(node: ts.Node): string {
  const names: string[] = []
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    const name = ts.isVariableStatement(at) ? at.declarationList.declarations[0]!.name : (at as ts.Node & { name?: ts.Node }).name
    if (name && !ts.isObjectLiteralExpression(at)) names.unshift(name.getText())
    else if (ts.isExportDeclaration(at) && at.exportClause && ts.isNamespaceExport(at.exportClause))
      names.unshift(at.exportClause.name.text)
  }
  return names.join('.')
}

/** All examples of the package's sources, by file. */
export function examplesOf(program: ts.Program): DocExample[] {
  const found: DocExample[] = []
  for (const source of program.getSourceFiles()) {
    const file = source.fileName.replace(root, '')
    if (!file.startsWith('src/') || !source.text.includes('@example')) continue
    const visit = (node: ts.Node): void => {
      for (const comment of (node as ts.Node & { jsDoc?: readonly ts.JSDoc[] }).jsDoc ?? [])
        for (const tag of examplesIn(comment)) found.push({ name: nameOf(node), file, code: codeOf(tag) })
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  return found
}

/** Where a name is declared. */
function declarationsOf(checker: ts.TypeChecker, exported: ts.Symbol): readonly ts.Declaration[] {
  let at = exported
  while (at.flags & ts.SymbolFlags.Alias) {
    const [declaration] = at.declarations ?? []
    if (declaration && ts.isNamespaceExport(declaration)) return [declaration]
    at = checker.getImmediateAliasedSymbol(at)!
  }
  return at.declarations ?? []
}

/** Every name that an entry exports; one that two entries have different things for is there twice. */
export function publicNames(program: ts.Program): PublicName[] {
  const checker = program.getTypeChecker()
  const names = new Map<ts.Declaration, PublicName>()
  for (const entry of ENTRIES) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(`${root}src/${entry}.ts`)!)!
    for (const exported of checker.getExportsOfModule(module)) {
      const declarations = declarationsOf(checker, exported)
      const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      const comments = declarations.flatMap(commentsOf)
      names.set(declarations[0]!, {
        name: exported.name,
        file: declarations[0]!.getSourceFile().fileName.replace(root, ''),
        isType: !(target.flags & ts.SymbolFlags.Value) || (exported.declarations ?? []).some(ts.isTypeOnlyExportDeclaration),
        hasExample: comments.some((comment) => examplesIn(comment).length > 0),
        links: comments.flatMap((comment) => [...comment.getText().matchAll(/\{@link (\w+)/g)].map((m) => m[1]!)),
      })
    }
  }
  return [...names.values()]
}

/** Names without an example, each with what is to be done about it. */
export function withoutExample(names: readonly PublicName[]): string[] {
  const shown = new Set(names.filter((it) => it.hasExample).map((it) => it.name))
  return names
    .filter((it) => !it.hasExample && !(it.isType && it.links.some((link) => shown.has(link))))
    .map(({ name, file, isType }) =>
      isType
        ? `${file}: the type ${name} must have an @example, or a {@link} to the name whose example shows it`
        : `${file}: ${name} must have an @example in its docstring`,
    )
}
