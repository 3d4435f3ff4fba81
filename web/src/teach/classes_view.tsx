/** Step 2: classes as cards with pictures. */
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { Drop, Pick } from '../view/drop.tsx'
import { complain } from '../notice.ts'
import { camera, closeCamera, EVERY, openCamera, snapshot } from './camera.ts'
import { addDemo, addFolders, addPasted, addPictures, addZips } from './intake.ts'
import { addCard, clearCard, removeCard, removePicture, renameCard, undo } from './pictures.ts'
import * as state from './state.ts'
import type { Card, Step } from './state.ts'
import { Thumbnail } from './thumbnail.tsx'

/** Pictures of a card that are in the page; more would make it slow. */
const SHOWN = 48
const PICTURES = 'image/*,.zip'

/** Which card the camera records for. */
const recordsFor = { value: '' }

function Recorder({ card }: { card: Card }) {
  const video = useRef<HTMLVideoElement>(null)
  const on = useSignal(false)
  useEffect(() => {
    if (video.current) video.current.srcObject = camera.value ?? null
  }, [camera.value])
  useEffect(
    () => () => {
      recordsFor.value = ''
      closeCamera()
    },
    [],
  )
  const record = async () => {
    if (on.value) return
    on.value = true
    recordsFor.value = card.id
    await state.whileTaking(async () => {
      let added: Promise<Step | undefined> = Promise.resolve(undefined)
      while (on.value && recordsFor.value === card.id && video.current?.videoWidth) {
        const frame = await snapshot(video.current)
        added = added.then((step) => addPictures(card, [frame], step)) // behind what comes in already, which no frame waits for
        await new Promise((resolve) => setTimeout(resolve, EVERY))
      }
      on.value = false
      await added
    })
  }
  const stop = () => void (on.value = false)
  return (
    <div class="recorder">
      <video ref={video} autoplay muted playsInline aria-label={`Camera for ${card.name}`} />
      <button
        type="button"
        class={on.value ? 'recording' : ''}
        onPointerDown={() => void record()}
        onPointerUp={stop}
        onPointerLeave={stop}
        onKeyDown={(event) => (event.key === ' ' || event.key === 'Enter') && void record()}
        onKeyUp={stop}
        onBlur={stop}
      >
        {on.value ? 'Recording…' : 'Hold to record'}
      </button>
    </div>
  )
}

function Thumbnails({ card }: { card: Card }) {
  const { pictures, name } = card
  const hidden = pictures.length - SHOWN
  return (
    <>
      <ul class="thumbnails">
        {pictures.slice(-SHOWN).map((picture, i) => {
          const place = Math.max(0, hidden) + i
          const checked = state.isChecked(place, pictures.length)
          return (
            <li key={picture.id} class={checked ? 'checked' : ''}>
              <button
                type="button"
                title={checked ? 'Kept for validation. Click to remove it' : 'Click to remove it'}
                aria-label={`Remove picture ${place + 1} of ${name}${checked ? ', kept for validation' : ''}`}
                onClick={() => removePicture(card, picture)}
              >
                <Thumbnail picture={picture} alt="" side={44} />
              </button>
            </li>
          )
        })}
      </ul>
      {hidden > 0 && (
        <p class="hint">
          The last {SHOWN} are shown; {hidden} more are there.
        </p>
      )}
    </>
  )
}

function CardView({ card }: { card: Card }) {
  const { pictures } = card
  const filming = useSignal(false)
  const checked = pictures.filter((_, i) => state.isChecked(i, pictures.length)).length
  const film = async () => {
    filming.value = !filming.value && (await openCamera())
  }
  return (
    <article class="card" aria-label={card.name}>
      <header>
        <input
          class="title"
          aria-label="Name of the class"
          value={card.name}
          onChange={(event) => {
            if (!renameCard(card, event.currentTarget.value)) event.currentTarget.value = card.name
          }}
        />
        <button type="button" class="quiet" aria-label={`Remove ${card.name}`} onClick={() => removeCard(card)}>
          ✕
        </button>
      </header>
      <Drop label="Pictures…" accept={PICTURES} multiple onFiles={(files) => void addPictures(card, files)}>
        <button type="button" aria-pressed={filming.value} onClick={() => void film()}>
          Camera
        </button>
        <button type="button" aria-label={`Paste into ${card.name}`} onClick={() => void paste(card)}>
          Paste
        </button>
        <span class="hint">or drop pictures, or a zip of them, here</span>
        {filming.value && <Recorder card={card} />}
        <Thumbnails card={card} />
      </Drop>
      <footer>
        <span>
          {pictures.length === 1 ? 'One picture' : `${pictures.length} pictures`}
          {checked ? `, ${checked} of them for validation` : ''}
        </span>
        {pictures.length > 0 && (
          <button type="button" class="quiet" onClick={() => clearCard(card)}>
            Remove all
          </button>
        )}
      </footer>
    </article>
  )
}

/** The pictures of the clipboard go into a class. */
async function paste(card: Card): Promise<void> {
  const files: File[] = []
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((t) => t.startsWith('image/'))
      if (type) files.push(new File([await item.getType(type)], 'pasted', { type }))
    }
  } catch {
    // No permission: the next lines say what to do.
  }
  if (files.length) await addPictures(card, files)
  else complain('No picture is in the clipboard, or the browser does not give it: copy a picture and allow the clipboard, or press Ctrl+V.')
}

export function ClassesView() {
  useEffect(() => {
    const pasted = (event: ClipboardEvent) => {
      if (state.running.value !== 'no') return
      const files = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith('image/'))
      if (files.length) void addPasted(files)
    }
    document.addEventListener('paste', pasted)
    return () => document.removeEventListener('paste', pasted)
  }, [])
  const undoable = state.undoable.value.at(-1)
  return (
    <section aria-labelledby="classes">
      <h2 id="classes">2 Classes</h2>
      <fieldset class="plain" disabled={state.running.value !== 'no'}>
        <legend class="unseen">Classes and their pictures</legend>
        <p class="row">
          <button type="button" onClick={() => addCard()}>
            Add a class
          </button>
          <button type="button" onClick={() => void addDemo()}>
            Demo set
          </button>
          <Pick label="Folders…" folder multiple onFiles={(files) => void addFolders(files)} />
          <Pick label="Zip…" accept=".zip" multiple onFiles={(files) => void addZips(files)} />
          <button type="button" disabled={!undoable || state.taking.value > 0} onClick={undo}>
            {undoable ? `Undo ${undoable.what}` : 'Undo'}
          </button>
          <span class="hint" aria-live="polite">
            {state.busyTaking.value || 'Every fifth picture of a class is kept for validation.'}
          </span>
        </p>
        {state.remarks.value.map((text) => (
          <p key={text} class="remark">
            {text}
          </p>
        ))}
        <div class="cards">
          {state.cards.value.map((card) => (
            <CardView key={card.id} card={card} />
          ))}
        </div>
      </fieldset>
    </section>
  )
}
