/** A network as a drawing. One layer at a time is in the order of the tab key; arrows go along the edges and rows, Enter selects. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { LookLayer, LookModel } from '../look_messages.ts'
import { grouped } from '../view/numbers.ts'
import { selected } from './file.ts'
import { layOut, type Box, type Drawing } from './layout.ts'

/** Characters that fit a box. */
const FITS = 30
const ZOOM = 1.25
const [LEAST, MOST] = [0.05, 2]
/** Of the window's height, that the drawing takes at most; as in the style sheet. */
const SHARE = 0.7

const short = (text: string): string => (text.length > FITS ? `${text.slice(0, FITS - 1)}…` : text)
/** Without the batch. */
const sizes = (shape: string): string => shape.replaceAll(/\[null,?|\]/g, '').replaceAll(',', '×')
const middle = (box: Box): number => box.x + box.width / 2

/** The box that an arrow key leads to. */
function towards(key: string, box: Box, { boxes }: Drawing): Box | undefined {
  const byId = (ids: readonly string[]) => boxes.find(({ id }) => id === ids[0])
  if (key === 'ArrowDown') return byId(box.below)
  if (key === 'ArrowUp') return byId(box.above)
  if (key === 'Home') return boxes[0]
  if (key === 'End') return boxes.at(-1)
  const side = { ArrowLeft: -1, ArrowRight: 1 }[key]
  if (!side) return undefined
  const row = boxes.filter(({ y, x }) => y === box.y && (x - box.x) * side > 0)
  return row.sort((a, b) => (a.x - b.x) * side)[0]
}

function BoxView({ box, layer, current }: { readonly box: Box; readonly layer: LookLayer; readonly current: boolean }) {
  const { x, y, width, height, opened } = box
  const pressed = selected.value === box.path
  const name = box.path.slice(box.path.lastIndexOf('/', box.path.length - 2) + 1)
  const kind = opened ? 'opened' : layer.parameters ? 'weighted' : 'plain'
  const lines = [short(name), ...(opened ? [] : [short(`${layer.kind} ${sizes(layer.shape)}`)])]
  return (
    <g
      class={`layer ${kind}`}
      role="button"
      data-id={box.id}
      tabindex={current ? 0 : -1} // of SVG, whose names keep their case
      aria-pressed={pressed}
      aria-label={`${lines.join(' ')}, ${grouped(layer.parameters)} parameters, ${box.id}`}
    >
      <rect x={x} y={y} width={width} height={height} rx={6} />
      {lines.map((line, i) => (
        <text
          key={i}
          x={opened ? x + 8 : middle(box)}
          y={y + 17 + 16 * i}
          text-anchor={opened ? 'start' : 'middle'}
          class={i ? '' : 'name'}
        >
          {`${line} `}
        </text>
      ))}
    </g>
  )
}

export function Graph({ model }: { readonly model: LookModel }) {
  const drawing = useMemo(() => layOut(model.nodes), [model])
  const layers = useMemo(() => new Map(model.layers.map((layer) => [layer.path, layer])), [model])
  const zoom = useSignal(1)
  const current = useSignal(drawing.boxes[0]!.id)
  const frame = useRef<HTMLDivElement>(null)
  const { width, height, boxes, ways } = drawing

  const whole = () => Math.min(1, frame.current!.clientWidth / width, (SHARE * innerHeight) / height)
  const focus = (box: Box | undefined) => {
    if (!box) return
    current.value = box.id
    frame.current!.querySelector<SVGElement>(`[data-id="${CSS.escape(box.id)}"]`)!.focus()
  }
  const boxAt = ({ target }: Event): Box | undefined => {
    const id = (target as Element).closest('[data-id]')?.getAttribute('data-id')
    return boxes.find((box) => box.id === id)
  }
  const pick = (box: Box | undefined) => {
    if (!box) return
    current.value = box.id
    selected.value = box.path
  }
  const pressed = (event: KeyboardEvent) => {
    const box = boxAt(event)
    if (!box) return
    const next = towards(event.key, box, drawing)
    if (next) focus(next)
    else if (event.key === 'Enter' || event.key === ' ') pick(box)
    if (next || [' ', 'Home', 'End'].includes(event.key) || event.key.startsWith('Arrow')) event.preventDefault()
  }
  const zoomTo = (wanted: number) => {
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = frame.current!
    const by = Math.min(MOST, Math.max(LEAST, wanted)) / zoom.value
    zoom.value *= by
    // What is in the middle stays there, once it has its new size.
    requestAnimationFrame(() => {
      frame.current?.scrollTo((scrollLeft + clientWidth / 2) * by - clientWidth / 2, (scrollTop + clientHeight / 2) * by - clientHeight / 2)
    })
  }

  useEffect(() => {
    const { clientWidth } = frame.current!
    zoom.value = Math.max(0.5, Math.min(1, clientWidth / width))
    requestAnimationFrame(() => frame.current?.scrollTo(middle(boxes[0]!) * zoom.value - clientWidth / 2, 0))
  }, [drawing])

  // What was chosen in the table is brought into view.
  useEffect(() => {
    const box = boxes.find(({ path }) => path === selected.value)
    if (!box || box.id === current.value) return
    current.value = box.id
    const { clientWidth, clientHeight } = frame.current!
    frame.current!.scrollTo(middle(box) * zoom.value - clientWidth / 2, box.y * zoom.value - clientHeight / 2)
  }, [selected.value])

  return (
    <div>
      <p class="row">
        <button type="button" aria-label="Smaller" onClick={() => zoomTo(zoom.value / ZOOM)}>
          −
        </button>
        <button type="button" aria-label="Larger" onClick={() => zoomTo(zoom.value * ZOOM)}>
          +
        </button>
        <button type="button" onClick={() => zoomTo(whole())}>
          Whole
        </button>
        <span class="hint">Arrows go from layer to layer, Enter looks into one.</span>
      </p>
      <div class="scroll tall graph" ref={frame} role="region" aria-label="Graph" tabIndex={-1}>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          style={{ width: `${width * zoom.value}px`, height: `${height * zoom.value}px` }}
          role="group"
          aria-label={`${model.name}: ${model.layers.length} layers, from its inputs down to its outputs`}
          onClick={(event) => pick(boxAt(event))}
          onKeyDown={pressed}
        >
          {boxes
            .filter(({ opened }) => opened)
            .map((box) => (
              <BoxView key={box.id} box={box} layer={layers.get(box.path)!} current={current.value === box.id} />
            ))}
          {ways.map(({ path, x, y }, i) => (
            <path key={i} d={path} transform={`translate(${x} ${y})`} />
          ))}
          {boxes
            .filter(({ opened }) => !opened)
            .map((box) => (
              <BoxView key={box.id} box={box} layer={layers.get(box.path)!} current={current.value === box.id} />
            ))}
        </svg>
      </div>
    </div>
  )
}
