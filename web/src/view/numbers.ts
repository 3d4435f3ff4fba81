/** 1234567 -> 1,234,567. */
export const grouped = (n: number): string => n.toLocaleString('en-US')
