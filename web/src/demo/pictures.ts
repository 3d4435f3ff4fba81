/** Pictures that are drawn, not downloaded: figures on a ground, of random place, size, turn and colour. */
import { random } from '../../../src/random.ts'

export interface DrawnPicture {
  readonly width: number
  readonly height: number
  /** RGBA. */
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

/** Whether a point of the figure's own square, -1 to 1 each way, is in it. */
type Figure = (x: number, y: number) => boolean

const angle = (x: number, y: number): number => Math.atan2(y, x)

/** A rosette whose radius goes between two values `points` times around. */
const rosette =
  (points: number, inner: number): Figure =>
  (x, y) => {
    const turn = Math.abs((((angle(x, y) / Math.PI) * points) / 2 + 100) % 1) * 2 - 1
    return Math.hypot(x, y) < 1 - (1 - inner) * (1 - Math.abs(turn))
  }

/** What the built-in network was taught to tell apart. */
export const TAUGHT = {
  disc: (x, y) => Math.hypot(x, y) < 0.9,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.8,
  ring: (x, y) => Math.abs(Math.hypot(x, y) - 0.7) < 0.2,
  frame: (x, y) => Math.abs(Math.max(Math.abs(x), Math.abs(y)) - 0.7) < 0.18,
  cross: (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.22 && Math.max(Math.abs(x), Math.abs(y)) < 0.95,
  triangle: (x, y) => y < 0.7 && y > Math.abs(x) * 1.7 - 0.95,
  bar: (x, y) => Math.abs(x) < 0.95 && Math.abs(y) < 0.25,
  stripes: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.95 && Math.sin(x * 12) > 0,
  checks: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.95 && Math.sin(x * 9) * Math.sin(y * 9) > 0,
  dots: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.95 && Math.sin(x * 9) + Math.sin(y * 9) > 0.9,
  moon: (x, y) => Math.hypot(x, y) < 0.9 && Math.hypot(x - 0.45, y) > 0.75,
  arrow: (x, y) => (x > 0 ? Math.abs(y) < 0.95 - x : x > -0.9 && Math.abs(y) < 0.25),
} as const satisfies Record<string, Figure>

/** What it has never seen: the demo set. */
export const DEMO = {
  stars: rosette(5, 0.4),
  hearts: (x, y) => {
    const [a, b] = [x * 1.25, 0.25 - y * 1.2]
    return (a * a + b * b - 0.9) ** 3 - a * a * b ** 3 < 0
  },
} as const satisfies Record<string, Figure>

type Colour = readonly [number, number, number]

/** Two colours that differ enough to be seen on each other. */
function colours(next: () => number): [ground: Colour, figure: Colour] {
  const draw = (): Colour => [next() * 255, next() * 255, next() * 255]
  const grey = ([r, g, b]: Colour) => 0.3 * r + 0.6 * g + 0.1 * b
  for (;;) {
    const pair: [Colour, Colour] = [draw(), draw()]
    if (Math.abs(grey(pair[0]) - grey(pair[1])) > 70) return pair
  }
}

/** A figure, drawn. The same seed draws the same picture. */
export function drawFigure(figure: Figure, seed: number, size: number): DrawnPicture {
  const next = random(seed * 7919 + 13)
  const [ground, fill] = colours(next)
  const scale = size * (0.26 + 0.18 * next())
  const [cx, cy] = [size * (0.38 + 0.24 * next()), size * (0.38 + 0.24 * next())]
  const turn = (next() - 0.5) * 0.9
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  const shade = next() * 0.5
  const data = new Uint8ClampedArray(size * size * 4)
  for (let i = 0; i < size * size; i++) {
    const [px, py] = [(i % size) - cx, Math.floor(i / size) - cy]
    const inside = figure((px * cos + py * sin) / scale, (py * cos - px * sin) / scale)
    const light = 1 - shade * ((i % size) / size)
    for (let c = 0; c < 3; c++) data[4 * i + c] = (inside ? fill[c]! : ground[c]! * light) + (next() - 0.5) * 24
    data[4 * i + 3] = 255
  }
  return { width: size, height: size, data }
}
