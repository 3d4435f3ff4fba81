/** Step 1: which network is taught. */
import { useSignal } from '@preact/signals'
import type { OfficialName, TrunkChoice } from '../messages.ts'
import { Drop } from '../view/drop.tsx'
import { grouped } from '../view/numbers.ts'
import { openTrunk } from './network.ts'
import * as state from './state.ts'

const OFFICIAL: readonly (readonly [OfficialName, string])[] = [
  ['vgg16', 'VGG16, 59 MB'],
  ['resnet50', 'ResNet50, 95 MB'],
  ['inceptionV3', 'InceptionV3, 88 MB'],
]

function nameOf(choice: TrunkChoice): string {
  if (choice.kind === 'builtin') return 'the small network that is built in, which was taught with drawn figures'
  if (choice.kind === 'official') return 'official weights, learned from ImageNet'
  return choice.kind === 'url' ? choice.url : choice.files.map(({ name }) => name).join(', ')
}

export function NetworkView() {
  const url = useSignal('')
  const busy = state.opening.value !== '' || state.running.value !== 'no'
  const trunk = state.trunk.value
  const open = (choice: TrunkChoice) => void openTrunk(choice)
  return (
    <section aria-labelledby="network">
      <h2 id="network">1 Network</h2>
      <p class="status" aria-live="polite">
        {state.opening.value ||
          (trunk
            ? `${trunk.name}: ${grouped(trunk.parameters)} parameters, pictures of ${trunk.input[1]}×${trunk.input[0]}. It is ${nameOf(state.choice.value)}.`
            : 'No network is open.')}
      </p>
      {state.missing.value && (
        <p class="remark">
          What was kept was learned with another network, which did not open: {nameOf(state.missing.value)}. It stays kept until you take
          another network or train; reload the page to try again.
        </p>
      )}
      <fieldset class="row" disabled={busy}>
        <legend>Take another one</legend>
        <Drop label="Keras file…" multiple onFiles={(files) => open({ kind: 'file', files })}>
          <span class="hint">or drop a .keras or .h5 here; it stays on this machine</span>
        </Drop>
        <button type="button" onClick={() => open({ kind: 'builtin' })}>
          Small, built in
        </button>
        {OFFICIAL.map(([name, label]) => (
          <button type="button" key={name} onClick={() => open({ kind: 'official', name })}>
            {label}
          </button>
        ))}
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault()
            open({ kind: 'url', url: url.value })
          }}
        >
          <label>
            URL <input type="url" required value={url.value} onInput={(event) => (url.value = event.currentTarget.value)} />
          </label>
          <button>Open</button>
        </form>
      </fieldset>
    </section>
  )
}
