/** The element `<thaw-classifier>`. Importing this defines it; the engine comes when the first one needs it. */
import { ThawClassifier } from './thaw_classifier.ts'

export { ThawClassifier }
export type { ClassifyDetail, ErrorDetail, ReadyDetail, ThawClassifierEventMap } from './events.ts'
export type { ElementOptions } from './loading.ts'
export type { Texts, TextName } from './texts.ts'

declare global {
  interface HTMLElementTagNameMap {
    'thaw-classifier': ThawClassifier
  }
}

const elements = (globalThis as { readonly customElements?: CustomElementRegistry }).customElements
if (elements && !elements.get('thaw-classifier')) elements.define('thaw-classifier', ThawClassifier)
