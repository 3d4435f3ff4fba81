/** A picture that goes through the network, and what it is taken for. */
import { useSignal } from '@preact/signals'
import type { LookModel } from '../look_messages.ts'
import type { Pixels } from '../pixels.ts'
import { Drop } from '../view/drop.tsx'
import { Bars } from '../view/bars.tsx'
import { PixelsSelect } from '../view/pixels_select.tsx'
import { walk, walked, walking } from './file.ts'

export function WalkView({ model }: { readonly model: LookModel }) {
  const pixels = useSignal<Pixels>(model.pixels ?? 'none')
  const picture = useSignal<File | undefined>(undefined)
  const go = () => picture.value && void walk(picture.value, pixels.value)
  const seen = walked.value
  return (
    <section aria-labelledby="walk">
      <h2 id="walk">Take a picture through it</h2>
      <Drop
        label="Picture…"
        accept="image/*"
        onFiles={([file]) => {
          picture.value = file
          go()
        }}
      >
        <PixelsSelect
          value={pixels.value}
          onChange={(value) => {
            pixels.value = value
            go()
          }}
        />
      </Drop>
      <div aria-live="polite">
        {walking.value && <p class="status">Reading the weights, and going through…</p>}
        {seen && (
          <p class="status">
            {seen.picture} went through, {seen.size[1]}×{seen.size[0]}. Choose a layer to see its feature maps.
          </p>
        )}
        {seen?.broken && (
          <p class="remark">What the network says of it has values that are no numbers: choose layers to see where they begin.</p>
        )}
        {seen && seen.best.length > 0 && <Bars names={seen.best.map(({ name }) => name)} values={seen.best.map(({ value }) => value)} />}
      </div>
    </section>
  )
}
