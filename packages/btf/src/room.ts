/** The array, or a longer copy of it when it has no such index. */
export function withRoom(array: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  if (index < array.length) return array;
  const longer = new Int32Array(Math.ceil(index * 1.5));
  longer.set(array);
  return longer;
}
