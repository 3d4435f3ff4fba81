/** Feature maps of a layer: its channels as small pictures, each from its least value in black to its most in white. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { engine } from '../engine.ts'
import type { FeatureMap, FileId, LookMaps } from '../look_messages.ts'
import { unasked } from '../notice.ts'
import { Bins } from '../view/bins.tsx'
import { grouped } from '../view/numbers.ts'
import { walked } from './file.ts'

/** Channels that are shown at a time. */
const PAGE = 32
/** Milliseconds that a layer must stay chosen before its values are computed. */
const REST = 150

const short = (n: number): string => n.toPrecision(3)

function MapView({
  map,
  channel,
  width,
  height,
}: {
  readonly map: FeatureMap
  readonly channel: number
  readonly width: number
  readonly height: number
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const image = new ImageData(width, height)
    map.pixels.forEach((v, i) => image.data.set([v, v, v, 255], 4 * i))
    canvas.current!.getContext('2d')!.putImageData(image, 0, 0)
  }, [map])
  const said = `Channel ${channel}, from ${short(map.least)} to ${short(map.most)}`
  return <canvas ref={canvas} width={width} height={height} role="img" aria-label={said} title={said} />
}

export function Maps({ file, path }: { readonly file: FileId; readonly path: string }) {
  const seen = useSignal<LookMaps | undefined>(undefined)
  const more = async () => {
    const before = seen.value!
    await unasked('Computing the feature maps', async () => {
      const { maps } = await engine.maps(file, path, before.maps.length, PAGE)
      if (seen.value === before) seen.value = { ...before, maps: [...before.maps, ...maps] }
    })
  }
  const walk = walked.value
  useEffect(() => {
    if (!walk) return
    let there = true
    const rest = setTimeout(
      () =>
        void unasked('Computing the feature maps', async () => {
          const answer = await engine.maps(file, path, 0, PAGE).catch((error: unknown) => {
            if (there) throw error // else its file may be closed by now
          })
          if (there && answer) seen.value = answer
        }),
      REST,
    )
    return () => {
      there = false
      clearTimeout(rest)
    }
  }, [walk])
  if (!walk) return null
  const { value } = seen
  if (!value) return <p class="hint">Computing what it makes of the picture…</p>
  const { shape, values, channels, width, height, maps } = value
  return (
    <div>
      <p>
        Of the picture it makes [{shape.join(', ')}], from {short(values.least)} to {short(values.most)}
      </p>
      {channels === 0 && <Bins name={`what ${path} gives`} histogram={values} />}
      <div class="maps">
        {maps.map((map, i) => (
          <MapView key={i} map={map} channel={i} width={width} height={height} />
        ))}
      </div>
      {maps.length < channels && (
        <button type="button" onClick={() => void more()}>
          More of {grouped(channels)} channels
        </button>
      )}
    </div>
  )
}
