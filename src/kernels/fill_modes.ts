/**
 * How a picture goes on beyond its edges: `constant` (k k | a b c | k k), `nearest` (a a | a b c | c c), `wrap` (b c | a b c | a b),
 * `reflect` (b a | a b c | c b).
 */
export const FILL_MODES = ['constant', 'nearest', 'wrap', 'reflect'] as const

export type FillMode = (typeof FILL_MODES)[number]
