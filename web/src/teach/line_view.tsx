/** Step 3: the ice line. Left of it the network is frozen, right of it it learns. */
import { useRef } from 'preact/hooks'
import type { Block } from '../messages.ts'
import { grouped } from '../view/numbers.ts'
import { PixelsSelect } from '../view/pixels_select.tsx'
import { moveLine, startOver } from './network.ts'
import * as state from './state.ts'

const seconds = (s: number): string => (s < 1 ? `${Math.max(1, Math.round(s * 1000))} ms` : `${s.toFixed(1)} s`)

/** What training costs, as it was measured. */
function Cost() {
  const cost = state.cost.value
  if (state.blocker.value) return <p class="hint">What an epoch costs is measured as soon as there are pictures.</p>
  if (!cost) return <p class="hint">Measuring what an epoch costs…</p>
  const pictures = state.trainSet.value.length
  const once = cost.trunkPerPicture * pictures
  return (
    <p>
      An epoch of {pictures} pictures takes about <strong>{seconds(cost.epochPerPicture * pictures)}</strong>
      {once > 0 && `, after ${seconds(once)} once for the frozen part`} <span class="hint">(measured with {cost.pictures} of them)</span>.
    </p>
  )
}

function stateOf(i: number): string {
  const { frozen, cut } = state.line.value
  if (i >= cut) return 'unused'
  return i < frozen ? 'frozen' : 'thawed'
}

/** The row of blocks, with a handle that is dragged, or moved by arrow keys. */
function Strip({ blocks }: { blocks: readonly Block[] }) {
  const strip = useRef<HTMLDivElement>(null)
  const { frozen, cut, fresh } = state.line.value
  const busy = state.running.value !== 'no' || fresh
  const move = (to: number) => !busy && void moveLine({ frozen: Math.max(0, Math.min(cut, to)) })
  const placeAt = (x: number) => {
    const { left, width } = strip.current!.getBoundingClientRect()
    return Math.round(((x - left) / width) * blocks.length)
  }
  const keys: Readonly<Record<string, number>> = {
    ArrowLeft: frozen - 1,
    ArrowDown: frozen - 1,
    ArrowRight: frozen + 1,
    ArrowUp: frozen + 1,
    Home: 0,
    End: cut,
  }
  return (
    <div class="strip" ref={strip} style={{ '--blocks': String(blocks.length), '--frozen': String(frozen) }}>
      {blocks.map((block, i) => (
        <div
          key={block.name}
          class={`block ${stateOf(i)}`}
          title={`${block.name}: ${block.layers} layers, ${grouped(block.parameters)} parameters`}
        >
          <span>{block.name}</span>
          <small>{stateOf(i)}</small>
        </div>
      ))}
      <div
        class="handle"
        role="slider"
        tabIndex={0}
        aria-label="Ice line"
        aria-orientation="horizontal"
        aria-disabled={busy}
        aria-valuemin={0}
        aria-valuemax={cut}
        aria-valuenow={frozen}
        aria-valuetext={`${frozen} of ${cut} blocks are frozen`}
        onKeyDown={(event) => {
          const to = keys[event.key]
          if (to === undefined) return
          event.preventDefault()
          move(to)
        }}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
          const to = placeAt(event.clientX)
          if (to !== state.line.value.frozen) move(to)
        }}
      />
    </div>
  )
}

export function LineView() {
  const trunk = state.trunk.value
  const planned = state.planned.value
  if (!trunk) return null
  const { cut, fresh, pixels } = state.line.value
  const busy = state.running.value !== 'no'
  return (
    <section aria-labelledby="line">
      <h2 id="line">3 Ice line</h2>
      <p class="hint">Drag the line, or move it with the arrow keys: left of it the network stays as it is, right of it it learns.</p>
      <div class="scroll">
        <Strip blocks={trunk.blocks} />
      </div>
      <fieldset class="row plain" disabled={busy}>
        <legend class="unseen">What of the network is used</legend>
        <label>
          Use{' '}
          <select
            value={cut}
            onChange={(event) => void moveLine({ cut: Number(event.currentTarget.value), frozen: Number(event.currentTarget.value) })}
          >
            {trunk.blocks.map((block, i) => (
              <option key={block.name} value={i + 1}>
                {i + 1 === trunk.blocks.length ? 'all blocks' : `up to ${block.name}`}
              </option>
            ))}
          </select>
        </label>
        <PixelsSelect value={pixels} onChange={(value) => void moveLine({ pixels: value })} />
        <label>
          <input type="checkbox" checked={fresh} onChange={(event) => void moveLine({ fresh: event.currentTarget.checked, frozen: cut })} />{' '}
          random weights
        </label>
        <button type="button" onClick={() => void startOver()}>
          Start over
        </button>
      </fieldset>
      <div aria-live="polite" class="case">
        {planned && (
          <>
            <p>
              <strong>Case {planned.kind}.</strong> {planned.why} {planned.advice}
            </p>
            <p>
              <strong>{grouped(planned.trains)}</strong> of {grouped(planned.total)} parameters train.
            </p>
          </>
        )}
        <Cost />
      </div>
    </section>
  )
}
