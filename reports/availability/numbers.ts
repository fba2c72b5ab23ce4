/** Reading typed arrays in the simulation's innermost loops: a place that is not there is NaN or 0, never undefined. */
export function num(array: Float64Array, index: number): number {
  return array[index] ?? Number.NaN;
}

export function int(array: Int32Array, index: number): number {
  return array[index] ?? 0;
}
