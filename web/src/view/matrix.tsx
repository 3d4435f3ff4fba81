/** A confusion matrix: a row for each class that pictures are of, a column for each that they were taken for. */
export function Matrix({ names, counts }: { names: readonly string[]; counts: readonly (readonly number[])[] }) {
  const most = Math.max(1, ...counts.flat())
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Confusion matrix">
      <p class="hint">Validation pictures: what they are (rows), what the network says (columns)</p>
      <table class="matrix">
        <thead>
          <tr>
            <td />
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, k) => (
            <tr key={names[k]}>
              <th scope="row">{names[k]}</th>
              {row.map((n, j) => (
                <td key={j} class={j === k ? 'right' : 'wrong'} style={{ '--share': String(n / most) }}>
                  {n}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
