/** The element's own style: few rules, which a page changes by `::part(...)`. As a sheet of the shadow tree no Content-Security-Policy has a word in it. */

const CSS = `
:host { display: block; max-width: 28rem; font: inherit; color: inherit }
:host([hidden]), [hidden] { display: none !important }
[part~='frame'] { display: grid; gap: 0.75em; padding: 0.75em; border: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: 0.5em }
[part~='frame'][data-over] { outline: 3px solid Highlight }
[part~='picture'], [part~='video'], ::slotted(img), ::slotted(video), ::slotted(canvas) { display: block; max-width: 100%; height: auto; border-radius: 0.25em }
[part~='video'][data-mirrored] { transform: scaleX(-1) }
[part~='controls'] { display: flex; flex-wrap: wrap; gap: 0.5em }
[part~='button'] { font: inherit; min-height: 2.75em; padding: 0 1em; cursor: pointer }
[part~='status'] { margin: 0 }
[part~='status'][data-kind='result'] { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
[part~='results'] { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.4em }
[part~='result'] { display: grid; grid-template-columns: 1fr auto; column-gap: 1em }
[part~='label'] { overflow-wrap: anywhere }
[part~='probability'] { font-variant-numeric: tabular-nums }
[part~='meter'] { grid-column: 1 / -1; width: 100% }
`

let sheet: CSSStyleSheet | undefined

/** One sheet for all elements of a page. */
export function styleSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(CSS)
  }
  return sheet
}
