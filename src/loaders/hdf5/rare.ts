/** What few files need, in one chunk: datasets in chunks, long lists of links or attributes. What it shares with the rest is loaded once. */
export { ChunkReader } from './chunked.ts'
export { denseMessages, Records } from './dense.ts'
