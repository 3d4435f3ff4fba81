/** An app that a bundler makes: the element, its events, and words in another language. */
import '../../src/element/index.ts'

const classifier = document.createElement('thaw-classifier')
classifier.src = 'model.keras'
classifier.options = { labels: ['plane', 'car', 'bird', 'cat', 'deer'] }
classifier.texts = { choose: 'Bild wählen', empty: 'Wähle ein Bild.', 'no-webgpu': 'Dieser Browser hat kein WebGPU. Nimm einen aktuellen.' }
classifier.addEventListener('classify', ({ detail }) => {
  document.title = `${detail.label} (${Math.round(100 * detail.probability)} %)`
})
classifier.addEventListener('error', ({ detail }) => {
  document.title = detail.code
})
document.body.append(classifier)
