/** Step 4: training, to be watched. */
import type { EpochReport } from '../messages.ts'
import { Curves } from '../view/curves.tsx'
import { Matrix } from '../view/matrix.tsx'
import { AugmentView } from './augment_view.tsx'
import * as state from './state.ts'
import { Thumbnail } from './thumbnail.tsx'
import { backToBest, goOn, pause, resume, stop, train } from './train.ts'

const RATES = [0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001, 0.00003, 0.00001]
const PHASES = { features: 'The frozen part looks at each picture', train: 'Training', validate: 'Validating' } as const

function Progress() {
  const now = state.progress.value
  if (state.running.value === 'no') return null
  if (!now) return <p class="status">Getting ready…</p>
  const speed = state.speed.value
  const { phase, epoch, done, total } = now
  return (
    <>
      <p class="status">
        {state.running.value === 'paused' ? 'Paused. ' : ''}
        {PHASES[phase]}
        {phase === 'features' ? '' : `, epoch ${epoch} of ${state.epochs.value}`}
        {speed && `: ${speed.rate.toFixed(0)} pictures/s, ${speed.left.toFixed(0)} s left`}
      </p>
      <progress value={done} max={total} aria-label={PHASES[phase]} />
    </>
  )
}

const curvesOf = (logs: readonly EpochReport[], train: keyof EpochReport, checked: keyof EpochReport) =>
  [
    { name: 'train', style: 'train', values: logs.map((log) => log[train]) },
    { name: 'validation', style: 'validation', values: logs.map((log) => log[checked]) },
  ].filter(({ values }) => values.some((v) => v !== undefined))

/** As `Learning rate: 0.01, 0.001 from epoch 31 on`. */
function ratesOf(logs: readonly EpochReport[]): string {
  const changes = logs.filter(({ learningRate }, i) => learningRate !== logs[i - 1]?.learningRate)
  return `Learning rate: ${changes.map(({ learningRate, epoch }) => `${learningRate}${epoch > 1 ? ` from epoch ${epoch} on` : ''}`).join(', ')}`
}

/** Offers to go on where the page was closed, or the engine stopped, while it trained. */
function Resumable() {
  const found = state.resumable.value
  if (!found) return null
  const done = found.curve.length - found.before
  return (
    <p class="row remark">
      <span>
        A training was interrupted {done ? `after ${done} of ${found.epochs} epochs` : `in the first of ${found.epochs} epochs`}. It can go
        on as if nothing had happened.
      </span>
      <button type="button" disabled={state.taking.value > 0} onClick={() => void goOn(found)}>
        Go on with it
      </button>
    </p>
  )
}

function Results() {
  const logs = state.curve.value
  if (!logs.length) return null
  const matrix = state.matrix.value
  const { best, atBest, running } = state
  const later = best.value > 0 && best.value < logs.length && !atBest.value
  return (
    <>
      <div class="row charts">
        <Curves title="Loss" curves={curvesOf(logs, 'loss', 'valLoss')} />
        <Curves title="Accuracy" most={1} curves={curvesOf(logs, 'accuracy', 'valAccuracy')} />
      </div>
      <p class="hint">{ratesOf(logs)}</p>
      {later && running.value === 'no' && state.trainedOn.value && (
        <p class="row">
          <span>In the last training, validation was best in epoch {best.value}.</span>
          <button type="button" onClick={() => void backToBest()}>
            Go back to it
          </button>
        </p>
      )}
      {atBest.value && <p>The weights are those of epoch {best.value}.</p>}
      {matrix && state.trainedOn.value && <Matrix names={state.trainedOn.value} counts={matrix} />}
    </>
  )
}

function Mistakes() {
  const mistakes = state.mistakes.value
  if (!state.trainedOn.value || state.running.value !== 'no') return null
  if (!mistakes.length) return null
  return (
    <>
      <h3>Worst mistakes</h3>
      <ul class="mistakes">
        {mistakes.map(({ picture, is, guess, probability }) => (
          <li key={picture.id}>
            <Thumbnail picture={picture} alt={`A picture of ${is}`} side={64} />
            <span>
              {is}, taken for {guess} ({(100 * probability).toFixed(0)} %)
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

export function TrainView() {
  const { running, blocker, device, taking } = state
  const blocked = blocker.value || (device.value ? '' : 'Training needs WebGPU, which is not there: see above.')
  return (
    <section aria-labelledby="train">
      <h2 id="train">4 Train</h2>
      <div class="row">
        {running.value === 'no' ? (
          <>
            <button type="button" class="main" disabled={blocked !== '' || taking.value > 0} onClick={() => void train()}>
              {state.trainedOn.value ? 'Train on' : 'Train'}
            </button>
            <label>
              Epochs{' '}
              <input
                type="number"
                min={1}
                max={1000}
                value={state.epochs.value}
                onChange={(event) => {
                  state.epochs.value = Math.max(1, Math.min(1000, Math.round(event.currentTarget.valueAsNumber) || 1))
                  event.currentTarget.value = String(state.epochs.value)
                }}
              />
            </label>
            <label>
              Learning rate{' '}
              <select value={state.rate.value} onChange={(event) => (state.chosenRate.value = Number(event.currentTarget.value))}>
                {[...new Set([...RATES, state.rate.value])].map((rate) => (
                  <option key={rate} value={rate}>
                    {rate}
                    {rate === state.planned.value?.learningRate ? ', advised' : ''}
                  </option>
                ))}
              </select>
            </label>
          </>
        ) : (
          <>
            {running.value === 'paused' ? (
              <button type="button" class="main" onClick={() => void resume()}>
                Go on
              </button>
            ) : (
              <button type="button" class="main" onClick={() => void pause()}>
                Pause
              </button>
            )}
            <button type="button" onClick={() => void stop()}>
              Stop
            </button>
          </>
        )}
      </div>
      <AugmentView />
      {blocked && <p class="hint">{blocked}</p>}
      {!blocked && <Resumable />}
      <Progress />
      <Results />
      <Mistakes />
    </section>
  )
}
