/** The room where this machine is measured. */
import { useEffect } from 'preact/hooks'
import { BUDGETS } from '../../../bench/stats.ts'
import { Results } from './results_view.tsx'
import { budget, choose, known, openRoom, running, start, stop, stopping, wanted, withPeers } from './state.ts'

const CHOICES = { quick: 'quick: layers, a head, one network', whole: 'whole: all of them, more often' } as const
/** When the timed runs of a row end. */
const limits = (how: keyof typeof BUDGETS) => `${how}: ${BUDGETS[how].runs} runs of each, at most ${BUDGETS[how].ms / 1000} s for a row`

const KINDS = { layer: 'Layers', training: 'Training steps', network: 'Networks, cold and warm' } as const

function Rows() {
  const toggle = (name: string) => {
    const next = new Set(wanted.value)
    if (!next.delete(name)) next.add(name)
    wanted.value = next
  }
  return (
    <details>
      <summary>
        Rows: {wanted.value.size} of {known.value.length}
      </summary>
      {Object.entries(KINDS).map(([kind, title]) => (
        <fieldset key={kind} class="plain">
          <legend>{title}</legend>
          <div class="row">
            {known.value
              .filter((row) => row.kind === kind)
              .map(({ name }) => (
                <label key={name}>
                  <input type="checkbox" checked={wanted.value.has(name)} onChange={() => toggle(name)} /> {name}
                </label>
              ))}
          </div>
        </fieldset>
      ))}
    </details>
  )
}

/** @param seen whether the room is the one that is shown */
export function MeasureView({ seen }: { seen: boolean }) {
  useEffect(() => {
    if (seen) void openRoom()
  }, [seen])
  return (
    <section aria-labelledby="measure">
      <h2 id="measure">Measure this machine</h2>
      <p>
        Layers, networks and training steps on this machine’s GPU, by Thaw and by tfjs, which is also measured on the processor
        (WebAssembly). Outputs are compared first, then all take turns. Nothing leaves this machine.
      </p>
      {!withPeers && (
        <p class="remark">
          This site was built without others to compare with, so Thaw is measured alone. To have tfjs beside it, run{' '}
          <code>npm ci --prefix bench</code> and build the site again: <code>npm run web</code>.
        </p>
      )}
      <fieldset class="plain" disabled={running.value || !known.value.length}>
        <legend class="unseen">What is measured</legend>
        <div class="row">
          {Object.entries(CHOICES).map(([how, label]) => (
            <label key={how}>
              <input type="radio" name="budget" checked={budget.value === how} onChange={() => choose(how as keyof typeof CHOICES)} />{' '}
              {label}
            </label>
          ))}
        </div>
        <Rows />
      </fieldset>
      <p class="row">
        <button type="button" class="main" disabled={running.value || !wanted.value.size} onClick={() => void start()}>
          Measure
        </button>
        <button type="button" disabled={!running.value || stopping.value} onClick={() => void stop()}>
          Stop
        </button>
        <span class="hint">
          {limits('quick')}; {limits('whole')}. Without a GPU a single run may take longer than that. Other work on this machine, in other
          tabs too, disturbs it.
        </span>
      </p>
      <Results />
    </section>
  )
}
