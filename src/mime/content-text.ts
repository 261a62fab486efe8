// From the bytes of a text part to the text that conditions compare.
import { TextDecoder } from 'node:util';
import libmime from 'libmime';

export interface TextFormat {
  /** '' when none is given. */
  readonly charset: string;
  /** `format=flowed` of RFC 3676: lines that were broken to fit are one. */
  readonly isFlowed: boolean;
  /** `delsp=yes`: the blank before such a break goes too. */
  readonly deletesSpace: boolean;
}

/**
 * The text on lines that end with LF. Bytes that their charset does not allow, or whose charset nobody knows, are
 * UTF-8 where they can be, else windows-1252. The bytes may end within a character.
 */
export function decodeText(bytes: Uint8Array, format: TextFormat): string {
  const text =
    decode(bytes, format.charset) ?? decode(bytes, 'utf-8') ?? decode(bytes, 'windows-1252') ?? '';
  const lines = text.replaceAll(/\r\n?/g, '\n');
  return format.isFlowed ? libmime.decodeFlowed(lines, format.deletesSpace) : lines;
}

function decode(bytes: Uint8Array, charset: string): string | undefined {
  // For the platform, ASCII means windows-1252.
  const label = /^(us-)?ascii$/i.test(charset) ? 'utf-8' : charset;
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
