// How long a text becomes in JSON, and whether it can be read at all: told while its bytes pass by.
import { Buffer } from 'node:buffer';
import type { TextDecoder } from 'node:util';
import { createDecoders, decode, isKnownCharset } from './part-text.ts';

/** One way to read the text, as far as it went. */
interface Reading {
  readonly decoder: TextDecoder;
  jsonBytes: number;
}

/** Charsets whose letters hide in ASCII behind these. */
const hiddenLetters: readonly { readonly charset: RegExp; readonly sign: number }[] = [
  { charset: /utf-?7/i, sign: 0x2b },
  { charset: /^hz/i, sign: 0x7e },
];

export class TextMeasure {
  /** ASCII in it is sure; undefined for a charset that is known. */
  readonly #isSure: ((byte: number) => boolean) | undefined;
  #isReadable = true;
  #readings: readonly Reading[];

  constructor(charset: string) {
    const sign = hiddenLetters.find((hidden) => hidden.charset.test(charset))?.sign;
    if (!isKnownCharset(charset)) this.#isSure = (byte) => isPrintable(byte) && byte !== sign;
    this.#readings = createDecoders(charset).map((decoder) => ({ decoder, jsonBytes: 0 }));
  }

  write(piece: Uint8Array): void {
    if (piece.length === 0) return;
    if (this.#isSure) this.#isReadable &&= piece.every(this.#isSure);
    this.#readings = this.#readings.filter((reading) => read(reading, piece, { stream: true }));
  }

  /**
   * Bytes of the text, as `readText` gives it, as a string of JSON without its quotes; and whether that is the text that
   * was written: with a charset that is not known, ASCII alone is sure.
   */
  end(): { readonly jsonBytes: number; readonly isReadable: boolean } {
    const whole = this.#readings.find((reading) => read(reading, nothing, { stream: false }));
    return { jsonBytes: whole?.jsonBytes ?? 0, isReadable: this.#isReadable };
  }
}

const nothing = new Uint8Array(0);

/** False when the charset does not allow the bytes. */
function read(reading: Reading, piece: Uint8Array, options: { readonly stream: boolean }): boolean {
  const text = decode(reading.decoder, piece, options);
  if (text === undefined) return false;
  reading.jsonBytes += Buffer.byteLength(JSON.stringify(text)) - 2;
  return true;
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
