/** How a network wants its pixels, to choose from. */
import { PIXELS, type Pixels } from '../pixels.ts'

export function PixelsSelect({ value, onChange }: { readonly value: Pixels; readonly onChange: (value: Pixels) => void }) {
  return (
    <label>
      Pixels{' '}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as Pixels)}>
        {PIXELS.map(([mode, label]) => (
          <option key={mode} value={mode}>
            {label}
          </option>
        ))}
      </select>
    </label>
  )
}
