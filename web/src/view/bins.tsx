/** How often which values come, as bars. */
import type { Histogram } from '../look_messages.ts'

const [WIDTH, HEIGHT] = [240, 60]
const short = (n: number): string => n.toPrecision(3)

export function Bins({ name, histogram }: { name: string; histogram: Histogram }) {
  const { least, most, mean, deviation, zeros, notFinite, counts } = histogram
  const highest = Math.max(...counts, 1)
  const width = WIDTH / counts.length
  const finite = counts.some((n) => n > 0)
  const spread = `from ${short(least)} to ${short(most)}, mean ${short(mean)}, deviation ${short(deviation)}, ${zeros} zeros`
  const said = `${finite ? spread : 'no finite values'}${notFinite ? `, ${notFinite} not finite` : ''}`
  return (
    <figure class="bins">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`Histogram of ${name}, ${said}`}>
        {counts.map((n, i) => (
          <rect key={i} x={i * width} width={width * 0.9} y={HEIGHT * (1 - n / highest)} height={(HEIGHT * n) / highest} />
        ))}
      </svg>
      <figcaption>{said}</figcaption>
    </figure>
  )
}
