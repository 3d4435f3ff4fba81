/** A place where files can be dropped, chosen, or pasted. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { droppedFiles } from '../../../src/loaders/images/picked_files.ts'

export interface DropProps {
  readonly label: string
  /** As of an input element. */
  readonly accept?: string
  readonly multiple?: boolean
  readonly onFiles: (files: readonly File[]) => void
  readonly children?: ComponentChildren
}

/** A button that opens the file dialog; the input itself is hidden by style, and is what is focused. */
export function Pick({ label, accept, multiple = false, folder = false, onFiles }: Omit<DropProps, 'children'> & { folder?: boolean }) {
  const chosen = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement
    const files = [...(input.files ?? [])]
    input.value = '' // so that the same file can be chosen again
    if (files.length) onFiles(files)
  }
  return (
    <label class="button">
      {label}
      <input type="file" accept={accept} multiple={multiple} onChange={chosen} {...(folder && { webkitdirectory: true })} />
    </label>
  )
}

/** Whether controls around it are disabled: what the browser says of buttons alone. */
const isOff = ({ currentTarget }: DragEvent) => (currentTarget as Element).closest('fieldset:disabled') !== null

export function Drop({ label, accept, multiple = false, onFiles, children }: DropProps) {
  const [over, setOver] = useState(false)
  const dropped = async (event: DragEvent) => {
    event.preventDefault()
    event.stopPropagation()
    setOver(false)
    if (isOff(event)) return
    const files = (await droppedFiles(event.dataTransfer!)).map(({ file }) => file) // those in folders, too
    if (files.length) onFiles(multiple ? files : files.slice(0, 1))
  }
  return (
    <div
      class={over ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(!isOff(event))
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => void dropped(event)}
    >
      <Pick label={label} multiple={multiple} onFiles={onFiles} {...(accept !== undefined && { accept })} />
      {children}
    </div>
  )
}
