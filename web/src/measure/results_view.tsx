/** What was measured: a table, with bars. */
import { ms, peersOf, percent, reached, summary, THAW, type Row } from '../../../bench/report.ts'
import { copy, failed, machine, now, rows, running, stopping, wanted } from './state.ts'

const [WIDTH, BAR] = [160, 8]

/** Times of a row, as bars: the longest is as wide as can be. */
function Times({ row }: { row: Row }) {
  const sides = [[THAW, row.ours] as const, ...Object.entries(row.peers)]
  const longest = Math.max(...sides.map(([, { medianMs }]) => medianMs))
  const said = sides.map(([side, { medianMs }]) => `${side} ${ms(medianMs)} ms`).join(', ')
  return (
    <svg class="times" viewBox={`0 0 ${WIDTH} ${BAR * sides.length}`} role="img" aria-label={said}>
      {sides.map(([side, { medianMs }], i) => (
        <rect key={side} class={side === THAW ? '' : 'peer'} y={BAR * i + 1} width={(WIDTH * medianMs) / longest} height={BAR - 2} />
      ))}
    </svg>
  )
}

function PeerCells({ row, peer }: { row: Row; peer: string }) {
  const timing = row.peers[peer]
  if (!timing) return <td colSpan={3}>not timed</td>
  return (
    <>
      <td class="number">{ms(timing.medianMs)}</td>
      <td class="number">{row.ratio[peer]!.toFixed(2)}</td>
      <td class="number">{row.difference[peer] ? row.difference[peer].toExponential(0) : 'none'}</td>
    </>
  )
}

function Table() {
  const { peak } = machine.value!
  const peers = peersOf(rows.value)
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Times">
      <table>
        <thead>
          <tr>
            <th scope="col">Row</th>
            <th scope="col">{THAW}, ms</th>
            {peers.flatMap((peer) => [
              <th key={peer} scope="col">
                {peer}, ms
              </th>,
              <th key={`${peer} ratio`} scope="col">
                ratio
              </th>,
              <th key={`${peer} difference`} scope="col">
                difference
              </th>,
            ])}
            <th scope="col">GFLOP/s</th>
            <th scope="col">of peak</th>
            <th scope="col">Shorter is faster</th>
          </tr>
        </thead>
        <tbody>
          {rows.value.map((row) => {
            const { gflops, share } = reached(row, peak)
            return (
              <tr key={row.name}>
                <th scope="row">{row.name.replaceAll('->', '→')}</th>
                <td class="number">{ms(row.ours.medianMs)}</td>
                {peers.map((peer) => (
                  <PeerCells key={peer} row={row} peer={peer} />
                ))}
                <td class="number">{gflops.toFixed(1)}</td>
                <td class="number">{percent(share)}</td>
                <td>
                  <Times row={row} />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function Status() {
  const { row, done } = now.value ?? { row: '', done: 0 }
  const total = wanted.value.size
  const what = row ? `${done + 1} of ${total}: ${row}` : 'Opening the device, and the measured peak…'
  return (
    <>
      <p class="status">{stopping.value ? `Stops behind this row. ${what}` : what}</p>
      <progress max={total} value={done} aria-label="Rows measured" />
    </>
  )
}

export function Results() {
  return (
    <>
      <div aria-live="polite">
        {running.value && <Status />}
        {machine.value && <p class="hint">{summary(machine.value)}</p>}
      </div>
      {rows.value.length > 0 && (
        <>
          <p class="hint">
            Medians, from values to values. Ratio above 1: Thaw is faster. Difference: of the outputs before anything was timed, relative to
            the largest value. GFLOP/s and share of the peak: Thaw’s, uploads and reading back included.
          </p>
          <Table />
        </>
      )}
      {failed.value.length > 0 && (
        <>
          <h3>Not timed</h3>
          <ul>
            {failed.value.map(({ row, side, why }) => (
              <li key={`${row} ${side}`}>
                {row}, {side}: {why}
              </li>
            ))}
          </ul>
        </>
      )}
      {machine.value && !running.value && (
        <p>
          <button type="button" onClick={() => void copy()}>
            Copy as JSON
          </button>
        </p>
      )}
    </>
  )
}
