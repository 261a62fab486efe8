// The text of a part, from its charset.
import { TextDecoder } from 'node:util';
import type { MessagePart } from '../core/outline.ts';
import type { Content } from '../relay/ports.ts';
import { readPart } from './part-content.ts';

/** Whether texts of that charset can be read; '' stands for none given. */
export function isKnownCharset(charset: string): boolean {
  return charset === '' || createDecoder(charset) !== undefined;
}

/**
 * Text without a charset, of one that is unknown, or that its charset does not allow, is UTF-8 where it can be, and
 * else what devices without an idea of charsets write: windows-1252. Nothing is lost of either.
 */
export async function readText(content: Content, part: MessagePart): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readPart(content, part).read()) pieces.push(Buffer.from(piece));
  const bytes = Buffer.concat(pieces);
  for (const decoder of createDecoders(part.charset)) {
    const text = decode(decoder, bytes);
    if (text !== undefined) return text;
  }
  return '';
}

/** In the order in which they are tried; the first one that takes all of a text reads it. */
export function createDecoders(charset: string): readonly TextDecoder[] {
  return [charset, 'utf-8', 'windows-1252'].flatMap((label) => createDecoder(label) ?? []);
}

/** Undefined for bytes that the charset does not allow. */
export function decode(
  decoder: TextDecoder,
  bytes: Uint8Array,
  options: { readonly stream: boolean } = { stream: false },
): string | undefined {
  try {
    return decoder.decode(bytes, options);
  } catch {
    return undefined;
  }
}

function createDecoder(charset: string): TextDecoder | undefined {
  // For the platform this name means windows-1252, and bytes beyond ASCII would never be read as UTF-8.
  const label = /^(us-)?ascii$/i.test(charset) ? 'utf-8' : charset;
  try {
    return new TextDecoder(label, { fatal: true });
  } catch {
    return undefined;
  }
}
