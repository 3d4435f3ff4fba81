/** `--report`: one page that holds everything, styles, curves and pictures, and asks nobody for anything. */
import type { LabelledData } from '../../src/node.ts'
import { DARK, escaped, LIGHT, lineChart, type Line } from './chart.ts'
import { CLASSES, SIDE } from './cifar.ts'
import type { Examined } from './examine.ts'
import type { LessonOptions } from './options.ts'
import { pngUri } from './pictures.ts'
import { modesCells } from './report.ts'
import type { Result } from './train.ts'

export interface Report {
  readonly adapter: string
  readonly options: Pick<LessonOptions, 'train' | 'val' | 'epochs' | 'batch' | 'cut' | 'size' | 'seed' | 'augment'>
  readonly results: readonly Result[]
  readonly examined: readonly Examined[]
  readonly data: { readonly validation: LabelledData }
}

/** Light, or dark where the reader's system is. */
const STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
body { background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: 0.3rem 0.7rem; text-align: right; }
th:first-child { text-align: left; }
caption { color: var(--soft); text-align: left; padding-bottom: 0.3rem; }
.confusion th, .confusion td { font-size: 0.8rem; padding: 0.25rem 0.4rem; }
.row { display: flex; flex-wrap: wrap; gap: 1.5rem; }
.scroll { overflow-x: auto; }
figure { margin: 0; }
.chart { flex: 1 1 26rem; max-width: 32rem; }
.chart svg text { fill: var(--text); font-size: 11px; }
.chart svg .title { font-size: 14px; font-weight: 600; }
.grid { stroke: var(--line); }
.legend { color: var(--soft); display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; list-style: none; margin: 0; padding: 0; font-size: 0.85rem; }
.mistake img { image-rendering: pixelated; border: 1px solid var(--line); }
.mistake figcaption { font-size: 0.85rem; max-width: 13rem; }
pre { white-space: pre-wrap; color: var(--soft); font-size: 0.85rem; }
`

const text = escaped

/** A table with a head and a first column that say what is what. */
function table(caption: string, [head, ...rows]: readonly (readonly string[])[], kind = ''): string {
  const first = head!.map((h) => `<th scope="col">${text(h)}</th>`).join('')
  const body = rows.map(([name, ...cells]) => `<tr><th scope="row">${text(name!)}</th>${cells.map((c) => `<td>${c}</td>`).join('')}</tr>`)
  return `<div class="scroll"><table class="${kind}"><caption>${text(caption)}</caption><thead><tr>${first}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}

/** Loss or accuracy by epochs, for training (dashed) and validation, of every mode. */
function curves(results: readonly Result[], metric: 'loss' | 'accuracy'): string {
  const line = (r: Result, color: number, key: string, name: string): Line => ({
    name: `${r.training.name}, ${name}`,
    points: r.history.epochs.map((e) => [e.epoch + 1, e.logs[key]!]),
    color,
    dashed: name === 'training',
  })
  const lines = results.flatMap((r, i) => [line(r, i, metric, 'training'), line(r, i, `val_${metric}`, 'validation')])
  return lineChart({ title: metric === 'loss' ? 'Loss' : 'Accuracy', x: 'epoch', y: metric, lines })
}

function confusion({ name, confusion }: Examined): string {
  const head = ['is, taken for', ...CLASSES]
  const rows = confusion.map((row, k) => {
    const most = Math.max(
      1,
      row.reduce((a, b) => a + b, 0),
    )
    return [
      CLASSES[k]!,
      ...row.map(
        (n) =>
          `<span style="background: rgb(var(--cell) / ${((0.6 * n) / most).toFixed(2)}); display: block; padding: 0 0.4rem">${n}</span>`,
      ),
    ]
  })
  return table(`${name}: pictures of each class (row) that were taken for each class (column)`, [head, ...rows], 'confusion')
}

function mistakes({ name, mistakes }: Examined, { x }: LabelledData): string {
  if (!mistakes.length) return `<p>${text(name)}: no mistakes.</p>`
  const size = 3 * SIDE * SIDE
  const figures = mistakes.map(({ picture, truth, taken, probability, heat }) => {
    const rgb = x.data.subarray(picture * size, (picture + 1) * size)
    const [is, not] = [CLASSES[truth]!, CLASSES[taken]!]
    return `<figure class="mistake"><img src="${pngUri(rgb, SIDE)}" alt="a picture of the class ${is}"> <img src="${pngUri(rgb, SIDE, heat)}" alt="the same, with what speaks for ${not} in red"><figcaption>${is}, taken for ${not} (${(100 * probability).toFixed(0)}%)</figcaption></figure>`
  })
  return `<h3>${text(name)}</h3><div class="row">${figures.join('\n')}</div>`
}

/** The page. */
export function lessonPage({ adapter, options, results, examined, data }: Report): string {
  const { train, val, epochs, batch, cut, size, seed, augment } = options
  const how = `${train} training and ${val} validation pictures of CIFAR-10, enlarged to ${size}x${size}; InceptionV3${cut === undefined ? '' : ` up to ${cut}`}; ${epochs} epochs in batches of ${batch}; seed ${seed}${augment ? '; with augmentation' : ''}. Adapter: ${adapter}.`
  const tested = results.filter((r) => r.testTime !== undefined)
  const times = tested.map((r) => [r.training.name, r.history.epochs.at(-1)!.logs['val_accuracy']!.toFixed(4), r.testTime!.toFixed(4)])
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Transfer learning on CIFAR-10</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Transfer learning on CIFAR-10</h1>
<p>${text(how)}</p>
<h2>Results</h2>
${table('Validation accuracy after 1 and 5 epochs; time with validation, of a frozen trunk once for all epochs', modesCells(results))}
${times.length ? table('Validation accuracy with and without test-time augmentation', [['Training mode', 'pictures as they are', 'mean of changed copies'], ...times]) : ''}
<h2>Curves</h2>
<div class="row">${curves(results, 'loss')}${curves(results, 'accuracy')}</div>
<h2>Whom the network takes for whom</h2>
${examined.map(confusion).join('\n')}
<h2>The worst mistakes</h2>
<p>Those that the network was surest of, and beside each what of the picture spoke for the wrong class (Grad-CAM).</p>
${examined.map((e) => mistakes(e, data.validation)).join('\n')}
<h2>What was trained</h2>
${results.map((r) => `<h3>${text(r.training.name)}</h3><pre>${text(r.description)}</pre>`).join('\n')}
</main>
</body>
</html>
`
}
