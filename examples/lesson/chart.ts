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

/** A chart that a screen reader can read: its title, and every line's values as text. */
export function lineChart({ title, x, y, lines, logarithmic = false }: ChartOptions): string {
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
  const told = lines.map((l) => `${l.name}: ${l.points.map(([a, b]) => `${a}: ${Number(b.toFixed(4))}`).join(', ')}`).join('; ')
  const legend = lines.map(
    (l) =>
      `<li><svg width="28" height="8" aria-hidden="true"><line x1="0" x2="28" y1="4" y2="4" stroke="var(--c${l.color})" stroke-width="2"${l.dashed ? ' stroke-dasharray="5 4"' : ''}/></svg> ${escaped(l.name)}</li>`,
  )
  return `<figure class="chart"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(`${title}. ${told}`)}">
<text x="${LEFT}" y="18" class="title">${escaped(title)}</text>
${grid.join('')}${below.join('')}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(x)}</text>
<text transform="translate(12 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text>
${drawn.join('\n')}
</svg><ul class="legend">${legend.join('')}</ul></figure>`
}
