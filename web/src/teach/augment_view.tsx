/** Whether pictures are changed while the network trains, and what it sees then. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { engine } from '../engine.ts'
import type { Change, Pixmap } from '../messages.ts'
import { complainOf } from '../notice.ts'
import * as state from './state.ts'

const CHANGES: readonly (readonly [Change, string])[] = [
  ['flip', 'mirrored'],
  ['turn', 'turned'],
  ['zoom', 'nearer or further'],
  ['shift', 'moved'],
  ['brightness', 'lighter or darker'],
  ['contrast', 'contrast'],
]

/** Milliseconds without a change before it is shown: pictures come by the dozen. */
const REST = 150
/** Pictures that are shown, of all classes. */
const SHOWN = 6

function Seen({ picture, label }: { picture: Pixmap; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const { width, height, data } = picture
    canvas.current!.getContext('2d')!.putImageData(new ImageData(data, width, height), 0, 0)
  }, [picture])
  return <canvas ref={canvas} class="seen" width={picture.width} height={picture.height} role="img" aria-label={label} />
}

export function AugmentView() {
  const seed = useSignal(0)
  const seen = useSignal<readonly Pixmap[]>([])
  const { augment, trainSet, running, device, blocker, teachPlan } = state
  const on = augment.value
  const off = on.length === 0 || running.value !== 'no' || !device.value || blocker.value !== ''
  useEffect(() => {
    if (off) return void (seen.value = [])
    let over = false
    const all = trainSet.value
    const some = all.filter((_, i) => i % Math.ceil(all.length / SHOWN) === 0)
    const draw = async () => {
      await engine.plan(teachPlan.value)
      if (over) return // others were asked for while this one waited for its turn
      const pictures = await engine.preview(some, on, seed.value)
      if (!over) seen.value = pictures
    }
    const rest = setTimeout(() => void draw().catch((error: unknown) => complainOf('Showing changed pictures', error)), REST)
    return () => {
      over = true
      clearTimeout(rest)
    }
  }, [off, on, seed.value, trainSet.value, teachPlan.value])
  const turn = (change: Change) => (augment.value = CHANGES.map(([c]) => c).filter((c) => on.includes(c) !== (c === change)))
  return (
    <fieldset class="row" disabled={running.value !== 'no'}>
      <legend>Change pictures while it trains, so that few do for many</legend>
      {CHANGES.map(([change, label]) => (
        <label key={change}>
          <input type="checkbox" checked={on.includes(change)} onChange={() => turn(change)} /> {label}
        </label>
      ))}
      {seen.value.length > 0 && (
        <>
          <div class="row" role="group" aria-label="What the network sees">
            {seen.value.map((picture, i) => (
              <Seen key={i} picture={picture} label={`Changed picture ${i + 1}`} />
            ))}
          </div>
          <button type="button" onClick={() => seed.value++}>
            Draw anew
          </button>
        </>
      )}
      {on.length > 0 && (
        <span class="hint">Every epoch sees them otherwise, so that the frozen part looks at them in every epoch, too.</span>
      )}
    </fieldset>
  )
}
