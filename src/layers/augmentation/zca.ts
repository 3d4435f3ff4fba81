/**
 * The matrix of ZCA whitening, in f64 on the host. Eigenvectors by Householder's tridiagonal form and the QL algorithm with implicit shifts: tred2
 * and tql2 of EISPACK (Bowdler, Martin, Reinsch and Wilkinson, Handbook for Automatic Computation II), with a vector in each row.
 */
import { DataError } from '../../errors.ts'

/** A matrix in rows. */
interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float64Array
}

/** a times the transpose of b: a product of rows. @yields after each row */
function* timesTransposed(a: Matrix, b: Matrix): Generator<void, Matrix> {
  const { columns: K } = a
  const data = new Float64Array(a.rows * b.rows)
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      if (a === b && j < i) {
        data[i * b.rows + j] = data[j * b.rows + i]!
        continue
      }
      let sum = 0
      for (let k = 0, p = i * K, q = j * K; k < K; k++) sum += a.data[p++]! * b.data[q++]!
      data[i * b.rows + j] = sum
    }
    yield
  }
  return { rows: a.rows, columns: b.rows, data }
}

function transposed({ rows, columns, data }: Matrix): Matrix {
  const to = new Float64Array(data.length)
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) to[c * rows + r] = data[r * columns + c]!
  return { rows: columns, columns: rows, data: to }
}

/** y += s * x, of rows. */
function addTo(data: Float64Array, y: number, x: number, s: number, count: number): void {
  for (let k = 0; k < count; k++) data[y + k]! += s * data[x + k]!
}

/** Rows at a and b turned by an angle: (c a - s b, s a + c b). */
function turn(data: Float64Array, a: number, b: number, c: number, s: number, count: number): void {
  for (let k = 0; k < count; k++) {
    const [p, q] = [data[a + k]!, data[b + k]!]
    data[a + k] = c * p - s * q
    data[b + k] = s * p + c * q
  }
}

/**
 * Makes a symmetric matrix tridiagonal; in its place come the rows of the orthogonal matrix that does it.
 * @returns the diagonal, and what lies beside it, from 1 on
 */
function* tridiagonal(z: Float64Array, n: number): Generator<void, [diagonal: Float64Array, beside: Float64Array]> {
  const d = new Float64Array(n)
  const e = new Float64Array(n)
  for (let i = n - 1; i > 0; i--) {
    yield
    const row = i * n
    let scale = 0
    for (let k = 0; k < i; k++) scale += Math.abs(z[row + k]!)
    e[i] = z[row + i - 1]!
    if (i === 1 || scale === 0) continue
    let h = 0
    for (let k = 0; k < i; k++) h += (z[row + k]! /= scale) ** 2
    const f = z[row + i - 1]!
    const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h)
    e[i] = scale * g
    h -= f * g
    z[row + i - 1] = f - g
    // e = A u / h for the leading part, whose lower triangle is there.
    e.fill(0, 0, i)
    for (let j = 0; j < i; j++) {
      const u = z[row + j]!
      let sum = e[j]! + z[j * n + j]! * u
      for (let k = 0; k < j; k++) {
        sum += z[j * n + k]! * z[row + k]!
        e[k]! += z[j * n + k]! * u
      }
      e[j] = sum
    }
    let product = 0
    for (let j = 0; j < i; j++) product += (e[j]! /= h) * z[row + j]!
    const half = product / (2 * h)
    for (let j = 0; j < i; j++) e[j]! -= half * z[row + j]!
    for (let j = 0; j < i; j++) {
      const [u, q] = [z[row + j]!, e[j]!]
      for (let k = 0; k <= j; k++) z[j * n + k]! -= u * e[k]! + q * z[row + k]!
    }
    d[i] = h
  }
  // The reflections, one after the other: rows of the matrix from the first on.
  for (let i = 0; i < n; i++) {
    yield
    const row = i * n
    const diagonal = z[row + i]!
    if (d[i]! !== 0) {
      for (let j = 0; j < i; j++) {
        let g = 0
        for (let k = 0; k < i; k++) g += z[row + k]! * z[j * n + k]!
        addTo(z, j * n, row, -g / d[i]!, i)
      }
    }
    d[i] = diagonal
    z[row + i] = 1
    for (let j = 0; j < i; j++) z[row + j] = z[j * n + i] = 0
  }
  return [d, e]
}

/**
 * Eigenvectors of a symmetric matrix, in rows, in whatever order.
 * @throws DataError where one is not found in 50 turns
 */
export function* eigenvectors({ rows: n, data }: Matrix): Generator<void, Matrix> {
  const z = data.slice()
  const [d, beside] = yield* tridiagonal(z, n)
  const e = new Float64Array(n)
  e.set(beside.subarray(1))
  for (let l = 0; l < n; l++) {
    for (let turns = 0; ; turns++) {
      yield
      let m = l
      while (m < n - 1 && Math.abs(e[m]!) > Number.EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) m++
      if (m === l) break
      if (turns === 50) throw new DataError('zcaWhitening', `eigenvectors must be found in 50 turns, got none for ${l} of ${n}`)
      const half = (d[l + 1]! - d[l]!) / (2 * e[l]!)
      const root = Math.hypot(half, 1)
      let g = d[m]! - d[l]! + e[l]! / (half + (half < 0 ? -root : root))
      let [s, c, p] = [1, 1, 0]
      let i = m - 1
      for (; i >= l; i--) {
        const [f, b] = [s * e[i]!, c * e[i]!]
        const r = Math.hypot(f, g)
        e[i + 1] = r
        if (r === 0) {
          d[i + 1]! -= p
          e[m] = 0
          break
        }
        s = f / r
        c = g / r
        g = d[i + 1]! - p
        const t = (d[i]! - g) * s + 2 * c * b
        p = s * t
        d[i + 1] = g + p
        g = c * t - b
        turn(z, i * n, (i + 1) * n, c, s, n)
      }
      if (i >= l) continue
      d[l]! -= p
      e[l] = g
      e[m] = 0
    }
  }
  return { rows: n, columns: n, data: z }
}

/**
 * U diag(sqrt(N) / (s + epsilon)) U^T, where U S V^T is the singular value decomposition of pictures in columns (Keras's zca_whitening_matrix). Of
 * fewer pictures than values, directions that none has are left out.
 * @param x N pictures of D values, in rows; centred
 * @yields as often as somebody may want to do something else
 */
export function* whiteningMatrix(x: Float64Array, N: number, D: number, epsilon: number): Generator<void, Float32Array<ArrayBuffer>> {
  const pictures = { rows: N, columns: D, data: x }
  const few = N < D
  // The smaller of the two products has the eigenvectors; what the pictures are along them has the singular values, and to more digits than their squares.
  const a = few ? pictures : transposed(pictures)
  const vectors = yield* eigenvectors(yield* timesTransposed(a, a))
  const along = yield* timesTransposed(vectors, transposed(a))
  const lengths = Array.from({ length: a.rows }, (_, i) => {
    let sum = 0
    for (let k = 0, at = i * a.columns; k < a.columns; k++) sum += along.data[at++]! ** 2
    return Math.sqrt(sum)
  })
  const least = Math.max(...lengths) * Number.EPSILON * D
  const directions = few ? along : vectors
  lengths.forEach((s, i) => {
    const lost = few && s <= least
    // Half of the factor on either side of the product.
    const factor = lost ? 0 : Math.sqrt(Math.sqrt(N) / (s + epsilon)) / (few ? s : 1)
    for (let k = 0; k < D; k++) directions.data[i * D + k]! *= factor
  })
  const rows = transposed(directions)
  return Float32Array.from((yield* timesTransposed(rows, rows)).data)
}
