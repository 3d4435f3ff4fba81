/** Curves of a training, one for each line, over its epochs. */

export interface Curve {
  readonly name: string
  /** Of the style sheet. */
  readonly style: string
  readonly values: readonly (number | undefined)[]
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [400, 180, 40, 20, 8]

const shown = (n: number): string => (n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2))

/** @param most the top of the scale, where it is known */
export function Curves({ title, curves, most }: { title: string; curves: readonly Curve[]; most?: number }) {
  const all = curves.flatMap(({ values }) => values.filter((v): v is number => v !== undefined))
  const top = most ?? Math.max(...all, 1e-6)
  const count = Math.max(2, ...curves.map(({ values }) => values.length))
  const x = (i: number) => LEFT + ((WIDTH - LEFT - 6) * i) / (count - 1)
  const y = (v: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - v / top)
  const last = curves.map(({ name, values }) => `${name} ${shown(values.findLast((v) => v !== undefined) ?? 0)}`).join(', ')
  return (
    <figure class="curves">
      <figcaption>
        {title}
        {curves.map(({ name, style }) => (
          <span key={name} class={`key ${style}`}>
            {name}
          </span>
        ))}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title} after ${all.length ? count : 0} epochs: ${last}`}>
        {[0, 0.5, 1].map((part) => (
          <g key={part}>
            <line class="grid" x1={LEFT} x2={WIDTH - 6} y1={y(part * top)} y2={y(part * top)} />
            <text x={LEFT - 4} y={y(part * top) + 4} text-anchor="end">
              {shown(part * top)}
            </text>
          </g>
        ))}
        <text x={LEFT} y={HEIGHT - 4}>
          1
        </text>
        <text x={WIDTH - 6} y={HEIGHT - 4} text-anchor="end">
          {`epoch ${count}`}
        </text>
        {curves.map(({ name, style, values }) => {
          const points = values.flatMap((v, i) => (v === undefined ? [] : [`${x(i).toFixed(1)},${y(Math.min(v, top)).toFixed(1)}`]))
          return <polyline key={name} class={`line ${style}`} points={points.join(' ')} />
        })}
      </svg>
    </figure>
  )
}
