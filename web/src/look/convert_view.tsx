/** The model of the file, as another file. */
import { useSignal } from '@preact/signals'
import { engine } from '../engine.ts'
import type { LookFormat, LookInfo } from '../look_messages.ts'
import { attempt } from '../notice.ts'
import { download } from '../view/download.ts'

const FORMATS: readonly (readonly [LookFormat, string])[] = [
  ['keras', 'Keras 3 file (.keras)'],
  ['h5', 'Older Keras (.h5)'],
  ['weights.h5', 'Weights alone (.weights.h5)'],
]

/** Without the ending that the file has. */
const stem = (name: string): string => name.replace(/(\.weights)?\.\w+$/, '')

export function ConvertView({ file }: { readonly file: LookInfo }) {
  const writing = useSignal(false)
  const convert = async (format: LookFormat) => {
    writing.value = true
    await attempt('Writing the file', async () => download(await engine.convert(file.id, format), `${stem(file.file)}.${format}`))
    writing.value = false
  }
  return (
    <section aria-labelledby="convert">
      <h2 id="convert">Keep it as another file</h2>
      <p class="row">
        {FORMATS.map(([format, label]) => (
          <button type="button" key={format} disabled={writing.value} onClick={() => void convert(format)}>
            {label}
          </button>
        ))}
      </p>
    </section>
  )
}
