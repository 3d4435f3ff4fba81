/** Probabilities of classes, as bars. */
export function Bars({ names, values }: { names: readonly string[]; values: readonly number[] }) {
  return (
    <ul class="bars">
      {names.map((name, k) => (
        <li key={name}>
          <span class="name">{name}</span>
          <meter min={0} max={1} value={values[k] ?? 0} aria-label={name} />
          <span class="share">{((values[k] ?? 0) * 100).toFixed(0)} %</span>
        </li>
      ))}
    </ul>
  )
}
