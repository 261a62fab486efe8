// Strict base64 (RFC 4648 §4) decoded piece by piece: no line breaks, no other alphabet, padding only at the very end.

export class Base64Decoder {
  readonly #target: Buffer;
  #length = 0;
  /** Letters that wait for the rest of their group of four. */
  #carry = '';
  #padded = false;
  #valid = true;

  /** @param encodedBytes the exact length of what is to come */
  constructor(encodedBytes: number) {
    this.#target = Buffer.allocUnsafe(Math.ceil(encodedBytes / 4) * 3);
  }

  write(piece: Buffer): void {
    if (!this.#valid || piece.length === 0) return;
    const text = this.#carry + piece.toString('latin1');
    const wholeLength = text.length - (text.length % 4);
    this.#carry = text.slice(wholeLength);
    if (wholeLength > 0) this.#decode(text.slice(0, wholeLength));
  }

  /** The decoded bytes; undefined when what came was no base64. */
  end(): Buffer | undefined {
    if (!this.#valid || this.#carry !== '') return undefined;
    return this.#target.subarray(0, this.#length);
  }

  #decode(groups: string): void {
    const start = this.#length;
    this.#length += this.#target.write(groups, start, 'base64');
    // Node skips over letters that are none: only valid text comes back the same when it is encoded again.
    this.#valid = !this.#padded && this.#target.toString('base64', start, this.#length) === groups;
    this.#padded = groups.endsWith('=');
  }
}

/** The bytes of a base64 text; undefined when it is none. */
export function decodeBase64(text: string): Buffer | undefined {
  const decoder = new Base64Decoder(text.length);
  // A letter beyond latin1 would come out as another one.
  if (/[^\x20-\x7e]/.test(text)) return undefined;
  decoder.write(Buffer.from(text, 'latin1'));
  return decoder.end();
}
