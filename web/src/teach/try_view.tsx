/** Step 5: trying what was learned, with pictures and with the camera. */
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { engine } from '../engine.ts'
import { attempt, unasked } from '../notice.ts'
import { Bars } from '../view/bars.tsx'
import { Drop } from '../view/drop.tsx'
import { drawSeen } from '../view/heat.ts'
import { camera, closeCamera, openCamera } from './camera.ts'
import * as state from './state.ts'
import type { Picture } from './state.ts'
import { Thumbnail } from './thumbnail.tsx'

const SIDE = 256

/** A training picture that is like what is tried. */
interface Like {
  readonly picture: Picture
  readonly name: string
  readonly similarity: number
}

function NearestView({ likes }: { likes: readonly Like[] }) {
  return (
    <>
      <h3>Nearest training pictures</h3>
      <ul class="mistakes">
        {likes.map(({ picture, name, similarity }) => (
          <li key={picture.id}>
            <Thumbnail picture={picture} alt={`A picture of ${name}`} side={64} />
            <span>
              {name} ({(100 * similarity).toFixed(0)} % alike)
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

/** What the camera shows, cut as pictures are that are kept. */
function middleSquare(video: HTMLVideoElement): Promise<ImageBitmap> {
  const { videoWidth: width, videoHeight: height } = video
  const side = Math.min(width, height)
  return createImageBitmap(video, (width - side) / 2, (height - side) / 2, side, side)
}

export function TryView() {
  const canvas = useRef<HTMLCanvasElement>(null)
  const video = useRef<HTMLVideoElement>(null)
  const last = useRef<ImageBitmap | undefined>(undefined)
  const heat = useSignal(true)
  const live = useSignal(false)
  const rate = useSignal(0)
  const probabilities = useSignal<readonly number[]>([])
  const nearest = useSignal(false)
  const likes = useSignal<readonly Like[]>([])
  const names = state.trainedOn.value

  const findLikes = async (picture: ImageBitmap) => {
    likes.value = []
    if (!nearest.value || live.value) return
    const found = await engine.nearest(await createImageBitmap(picture), state.trainSet.value)
    const known = new Map(
      state.cards.value.flatMap(({ name, pictures }) => pictures.map((picture) => [picture.id, { name, picture }] as const)),
    )
    if (last.current === picture)
      likes.value = found.flatMap(({ id, similarity }) => (known.has(id) ? [{ ...known.get(id)!, similarity }] : []))
  }

  /** Shows a picture with what the network says; the picture stays, the engine gets a copy. */
  const show = async (picture: ImageBitmap) => {
    const copy = await createImageBitmap(picture)
    const seen = await engine.see(copy, heat.value).catch((error: unknown) => {
      probabilities.value = []
      likes.value = []
      if (last.current !== picture) picture.close()
      throw error
    })
    if (last.current !== picture) last.current?.close()
    last.current = picture
    probabilities.value = seen.probabilities
    if (canvas.current) drawSeen(canvas.current, picture, seen.heat)
    await findLikes(picture)
  }
  const tryFile = (file: File) =>
    attempt('Looking at the picture', async () => {
      live.value = false
      const [taken] = await engine.take([file])
      if (!taken!.ok) throw new Error(`${taken!.name}: ${taken!.why}`)
      await show(await createImageBitmap(taken!.blob))
    })
  const film = async () => {
    if (live.value) return void (live.value = false)
    if (!(await openCamera())) return
    live.value = true
    await attempt('Looking at the camera', async () => {
      video.current!.srcObject = camera.value!
      await video.current!.play()
      while (live.value && state.running.value === 'no') {
        const began = performance.now()
        await show(await middleSquare(video.current!))
        rate.value = 1000 / (performance.now() - began)
        await new Promise(requestAnimationFrame)
      }
    })
    live.value = false
    closeCamera()
  }
  useEffect(() => {
    const asked = names && last.current && !live.value && state.running.value === 'no'
    if (asked) void unasked('Looking at the picture', () => show(last.current!))
  }, [heat.value, nearest.value, names, state.running.value, state.atBest.value])

  if (!names || state.running.value !== 'no') return null
  return (
    <section aria-labelledby="try">
      <h2 id="try">5 Try</h2>
      <div class="row top">
        <Drop label="Picture…" accept="image/*" onFiles={([file]) => void tryFile(file!)}>
          <button type="button" aria-pressed={live.value} onClick={() => void film()}>
            {live.value ? 'Stop the camera' : 'Camera'}
          </button>
          <label>
            <input type="checkbox" checked={heat.value} onChange={(event) => (heat.value = event.currentTarget.checked)} /> show where it
            looks (Grad-CAM)
          </label>
          <label>
            <input type="checkbox" checked={nearest.value} onChange={(event) => (nearest.value = event.currentTarget.checked)} /> nearest
            training pictures
          </label>
          <span class="hint">or drop a picture here</span>
          <video ref={video} muted playsInline hidden aria-label="Camera" />
        </Drop>
        <div class="grow tried" aria-live={live.value ? 'off' : 'polite'}>
          <canvas
            ref={canvas}
            width={SIDE}
            height={SIDE}
            hidden={!probabilities.value.length}
            role="img"
            aria-label="The picture, and where the network looks"
          />
          {probabilities.value.length > 0 && <Bars names={names} values={probabilities.value} />}
          {live.value && <p class="hint">{rate.value.toFixed(1)} pictures/s</p>}
          {likes.value.length > 0 && <NearestView likes={likes.value} />}
        </div>
      </div>
    </section>
  )
}
