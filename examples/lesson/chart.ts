/** Line charts as SVG, drawn in the colours of the page that they are in. */

export interface Line {
  readonly name: string
  /** In order, for x = 1, 2, ...; or points. */
  readonly points: readonly (readonly [x: number, y: number])[]
  /** Which of the page's colours, `--c0` to `--c3`; lines that belong together have one. */
  readonly color: number
  readonly dashed?: boolean
}

export interface ChartOptions {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly lines: readonly Line[]
  /** Whether x grows by factors. Default false. */
  readonly logarithmic?: boolean
}

const [WIDTH, HEIGHT] = [460, 300]
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 12, 30, 44]
/** Room for the lines' names, in a file. */
const NAMES = 70

/** Colours that are told apart without red and green, each with enough contrast. */
export const LIGHT =
  '--back: #fff; --text: #1b1b1b; --soft: #5a5a5a; --line: #d9d9d9; --c0: #0b62a4; --c1: #b5520b; --c2: #6a3d9a; --c3: #2b7a4b; --cell: 11 98 164;'
export const DARK =
  '--back: #16181c; --text: #ececec; --soft: #a8adb5; --line: #3a3f47; --c0: #6cb6f5; --c1: #f0a35e; --c2: #c3a5ee; --c3: #7fd0a0; --cell: 108 182 245;'

export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!)

/** Round numbers from 0, or from below, to above all values. */
export function ticks(least: number, most: number, count = 5): number[] {
  const rough = (most - least || 1) / count
  const unit = 10 ** Math.floor(Math.log10(rough))
  const step = unit * [1, 2, 5, 10].find((f) => f * unit >= rough)!
  const first = Math.floor(least / step)
  return Array.from({ length: Math.ceil(most / step) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** What is inside of a chart's `<svg>`, and where its lines end. */
function drawing({ title, x, y, lines, logarithmic = false }: ChartOptions) {
  const points = lines.flatMap((l) => l.points)
  const xs = [...new Set(points.map(([v]) => v))].sort((a, b) => a - b)
  const marks = ticks(Math.min(0, ...points.map(([, v]) => v)), Math.max(...points.map(([, v]) => v)))
  const [low, high] = [marks[0]!, marks.at(-1)!]
  const scale = (v: number) => (logarithmic ? Math.log(v) : v)
  const span = scale(xs.at(-1)!) - scale(xs[0]!) || 1
  const px = (v: number) => LEFT + ((scale(v) - scale(xs[0]!)) / span) * (WIDTH - LEFT - RIGHT)
  const py = (v: number) => HEIGHT - BOTTOM - ((v - low) / (high - low)) * (HEIGHT - TOP - BOTTOM)
  const at = (v: number) => v.toFixed(1)
  const grid = marks.map(
    (v) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(py(v))}" y2="${at(py(v))}"/>` +
      `<text x="${LEFT - 6}" y="${at(py(v) + 4)}" text-anchor="end">${v}</text>`,
  )
  const every = Math.ceil(xs.length / 10)
  const below = xs.map((v, i) => (i % every ? '' : `<text x="${at(px(v))}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${v}</text>`))
  const drawn = lines.map(({ points, color, dashed }) => {
    const path = points.map(([a, b]) => `${at(px(a))},${at(py(b))}`).join(' ')
    const dots = points.map(([a, b]) => `<circle cx="${at(px(a))}" cy="${at(py(b))}" r="2.5" fill="var(--c${color})"/>`).join('')
    return `<polyline points="${path}" fill="none" stroke="var(--c${color})" stroke-width="2"${dashed ? ' stroke-dasharray="5 4"' : ''}/>${dots}`
  })
  const text = `<text x="${LEFT}" y="18" class="title">${escaped(title)}</text>
${grid.join('')}${below.join('')}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(x)}</text>
<text transform="translate(12 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text>
${drawn.join('\n')}`
  const ends = lines.map(({ points }) => [px(points.at(-1)![0]), py(points.at(-1)![1])] as const)
  return { text, ends }
}

/** What a screen reader says of a chart: its title, and every line's values. */
const told = ({ title, lines }: ChartOptions): string =>
  escaped(`${title}. ${lines.map((l) => `${l.name}: ${l.points.map(([a, b]) => `${a}: ${Number(b.toFixed(4))}`).join(', ')}`).join('; ')}`)

/** A chart in a page, with a legend. */
export function lineChart(options: ChartOptions): string {
  const legend = options.lines.map(
    (l) =>
      `<li><svg width="28" height="8" aria-hidden="true"><line x1="0" x2="28" y1="4" y2="4" stroke="var(--c${l.color})" stroke-width="2"${l.dashed ? ' stroke-dasharray="5 4"' : ''}/></svg> ${escaped(l.name)}</li>`,
  )
  return `<figure class="chart"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${told(options)}">
${drawing(options).text}
</svg><ul class="legend">${legend.join('')}</ul></figure>`
}

/** A chart as a file of its own, each line with its name at its end; light, or dark where the reader's system is. */
export function chartFile(options: ChartOptions): string {
  const { text, ends } = drawing(options)
  const names = ends.map(
    ([x, y], i) =>
      `<text x="${(x + 7).toFixed(1)}" y="${(y + 4).toFixed(1)}" fill="var(--c${options.lines[i]!.color})">${escaped(options.lines[i]!.name)}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH + NAMES} ${HEIGHT}" role="img" aria-label="${told(options)}">
<style>
svg { ${LIGHT} font: 11px system-ui, sans-serif; background: var(--back); }
@media (prefers-color-scheme: dark) { svg { ${DARK} } }
text:not([fill]) { fill: var(--text); }
.title { font-size: 14px; font-weight: 600; }
.grid { stroke: var(--line); }
</style>
${text}
${names.join('\n')}
</svg>
`
}
