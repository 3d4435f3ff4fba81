/** What `<thaw-classifier>` says, in English; a page puts its own words in place of them. */

const TEXTS = {
  name: 'Picture classifier',
  choose: 'Choose a picture',
  start: 'Start the camera',
  stop: 'Stop the camera',
  empty: 'Choose, drop or paste a picture.',
  camera: 'Start the camera, or drop or paste a picture.',
  loading: 'Loading the model',
  ready: 'The model is ready.',
  looking: 'Looking at the picture',
  results: 'Classes',
  picture: 'The picture',
  video: 'What the camera sees',
}

/** Names of the texts. See {@link ThawClassifier}. */
export type TextName = keyof typeof TEXTS

/** Texts by their names, and sentences in place of an error's message by its `code`. See {@link ThawClassifier}. */
export type Texts = Readonly<Partial<Record<TextName, string>> & Record<string, string>>

/** The page's own text, or ours. */
export const textOf = (texts: Texts, name: TextName): string => texts[name] ?? TEXTS[name]

/** What is shown of an error: the page's own sentence for its code, or the message without the place that it begins with. */
export function sentenceOf(texts: Texts, { code, message }: { readonly code: string; readonly message: string }): string {
  const plain = message.replace(/^\[[^\]]*\] /, '')
  return texts[code] ?? plain.charAt(0).toUpperCase() + plain.slice(1)
}

/** `83%`, as the page's language writes it. */
export const percent = (probability: number): string =>
  probability.toLocaleString(undefined, { style: 'percent', maximumFractionDigits: 1 })
