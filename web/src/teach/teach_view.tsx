/** The room where a network is taught: six steps on one page. */
import { forgetProject } from './project.ts'
import { ClassesView } from './classes_view.tsx'
import { LineView } from './line_view.tsx'
import { NetworkView } from './network_view.tsx'
import * as state from './state.ts'
import { TakeView } from './take_view.tsx'
import { TrainView } from './train_view.tsx'
import { TryView } from './try_view.tsx'

async function forget(): Promise<void> {
  if (!confirm('Take all pictures and what was learned away from this browser? This cannot be undone.')) return
  await forgetProject()
  location.reload()
}

/** What stays as it is while the page is open. */
const Lasting = () => (
  <div role="status">
    {[state.unkept.value, state.deviceless.value].filter(Boolean).map((text) => (
      <p key={text} class="remark">
        {text}
      </p>
    ))}
  </div>
)

export function TeachView() {
  return (
    <>
      <Lasting />
      <NetworkView />
      <ClassesView />
      <LineView />
      <TrainView />
      <TryView />
      <TakeView />
      <p class="hint">
        The project keeps itself in this browser; no picture leaves this machine.{' '}
        <button
          type="button"
          class="quiet"
          disabled={state.running.value !== 'no' || state.unkept.value !== ''}
          onClick={() => void forget()}
        >
          Forget it
        </button>
      </p>
    </>
  )
}
