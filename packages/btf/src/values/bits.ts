/**
 * The unsigned number in `width` bits (1 or more) from `bitOffset` on. In little-endian bytes the lowest bit of a byte comes
 * first, and bits that come later weigh more; in big-endian ones it is the reverse. That is how compilers for either place
 * bitfields. What lies past the end counts as zeros.
 */
export function bitsAt(bytes: Uint8Array, bitOffset: number, width: number, isLittle: boolean): bigint {
  const first = Math.floor(bitOffset / 8);
  const start = bitOffset % 8;
  const count = Math.ceil((start + width) / 8);
  let number = 0n;
  for (let i = 0; i < count; i++) {
    const byte = BigInt(bytes[first + (isLittle ? count - 1 - i : i)] ?? 0);
    number = (number << 8n) | byte;
  }
  const below = isLittle ? start : count * 8 - start - width;
  return BigInt.asUintN(width, number >> BigInt(below));
}
