// The text of a part, from its charset.
import { TextDecoder } from 'node:util';
import type { MessagePart } from '../core/transport-plan.ts';
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
  return (
    decode(bytes, part.charset) ?? decode(bytes, 'utf-8') ?? decode(bytes, 'windows-1252') ?? ''
  );
}

function decode(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return createDecoder(charset)?.decode(bytes);
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
