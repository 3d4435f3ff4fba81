/** What somebody drops on a page: the browser's own DataTransfer, entries of its file system, and files without entries. */
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { droppedFiles, imageDataset, type Tensor } from '../../../src/index.ts'

type Request = (type: number, size: number, done: (fs: FileSystem) => void, failed: (error: Error) => void) => void

const promised = <T>(job: (done: (value: T) => void, failed: (error: Error) => void) => void) => new Promise<T>(job)

let root: FileSystemDirectoryEntry
beforeAll(async () => {
  const request = (window as unknown as { webkitRequestFileSystem: Request }).webkitRequestFileSystem
  root = (await promised<FileSystem>((done, failed) => request(0, 2 ** 20, done, failed))).root
})

interface Writer {
  onwriteend: () => void
  write(data: Blob): void
}

async function write(path: string, data: Blob): Promise<void> {
  const parts = path.split('/')
  let folder = root
  for (const part of parts.slice(0, -1)) {
    const made = promised<FileSystemEntry>((done, failed) => folder.getDirectory(part, { create: true }, done, failed))
    folder = (await made) as FileSystemDirectoryEntry
  }
  const file = await promised<FileSystemEntry>((done, failed) => folder.getFile(parts.at(-1), { create: true }, done, failed))
  const writer = await promised<Writer>((done, failed) =>
    (file as unknown as { createWriter(done: (w: Writer) => void, failed: (e: Error) => void): void }).createWriter(done, failed),
  )
  await promised<void>((done) => {
    writer.onwriteend = done
    writer.write(data)
  })
}

/** One colour, 3x2. */
async function png(colour: string): Promise<Blob> {
  const canvas = new OffscreenCanvas(3, 2)
  const context = canvas.getContext('2d')!
  context.fillStyle = colour
  context.fillRect(0, 0, 3, 2)
  return canvas.convertToBlob()
}

const MANY = 103 // a folder is read by a hundred

const pictures: Readonly<Record<string, () => Promise<Blob>>> = {
  'zoo/owl/a.png': () => png('#ff0000'),
  'zoo/owl/old/b.png': () => png('#00ff00'),
  'zoo/cat/c.png': () => png('#0000ff'),
  'zoo/cat/notes.txt': () => Promise.resolve(new Blob(['none'])),
}

/** As dropped: of a transfer that a page makes itself, browsers give no entries. */
function transferOf(entries: readonly FileSystemEntry[], files: readonly File[] = []): DataTransfer {
  const transfer = new DataTransfer()
  for (const { name } of entries) transfer.items.add(new File([], name))
  for (const file of files) transfer.items.add(file)
  vi.spyOn(DataTransferItem.prototype, 'webkitGetAsEntry').mockImplementation(function (this: DataTransferItem) {
    const name = this.getAsFile()?.name
    return entries.find((entry) => entry.name === name) ?? null
  })
  return transfer
}

const entryOf = (path: string) => promised<FileSystemEntry>((done, failed) => root.getDirectory(path, {}, done, failed))

describe('droppedFiles', () => {
  beforeAll(async () => {
    for (const [path, made] of Object.entries(pictures)) await write(path, await made())
    for (let i = 0; i < MANY; i++) await write(`many/${i}.jpg`, new Blob([String(i)]))
  })

  afterEach(() => void vi.restoreAllMocks())

  test('a folder with a folder for each class is a dataset', async () => {
    const files = await droppedFiles(transferOf([await entryOf('zoo')]))
    expect(files.map(({ path }) => path).sort()).toEqual(['zoo/cat/c.png', 'zoo/owl/a.png', 'zoo/owl/old/b.png'])
    const dataset = imageDataset(files, { imageSize: [1, 1], shuffle: false })
    expect([dataset.classNames, dataset.labels]).toEqual([
      ['cat', 'owl'],
      [0, 1, 1],
    ])
    const options = { epoch: 0, seed: 0, batchSize: 3, shuffle: false, signal: undefined }
    for await (const { x, y } of dataset.batches(options)) {
      expect([...(x as Tensor).data]).toEqual([0, 0, 255, 255, 0, 0, 0, 255, 0])
      expect([...(y as Uint32Array)]).toEqual([0, 1, 1])
    }
  })

  test('several folders are the classes; all that a folder has comes, however many', async () => {
    const both = await droppedFiles(transferOf([await entryOf('zoo/cat'), await entryOf('zoo/owl')]))
    expect(imageDataset(both, { shuffle: false }).classNames).toEqual(['cat', 'owl'])
    expect(await droppedFiles(transferOf([await entryOf('many')]))).toHaveLength(MANY)
  })

  test('files without entries, as another page has them; texts are none', async () => {
    const transfer = transferOf(
      [],
      [new File([await png('#fff')], 'a.png'), new File(['b'], 'b.txt'), new File([await png('#000')], 'c.png')],
    )
    transfer.items.add('https://example.org', 'text/uri-list')
    const files = await droppedFiles(transfer)
    expect(files.map(({ path }) => path)).toEqual(['./a.png', './c.png'])
    expect(imageDataset(files, { labels: [1, 0], shuffle: false }).labels).toEqual([1, 0])
    await expect(droppedFiles({} as DataTransfer)).rejects.toThrow(
      '[droppedFiles] what was dropped must be a DataTransfer, got an object with nothing',
    )
  })
})
