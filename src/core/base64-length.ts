// How long base64 is.

/** Bytes of base64 (RFC 4648 §4, padded, no line breaks) for so many bytes. */
export function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

/** The most bytes whose base64 keeps within `maxLength`. */
export function bytesWithin(maxLength: number): number {
  return 3 * Math.floor(maxLength / 4);
}
