// What the header of a MIME entity says of it (RFC 2045, RFC 2183), with names and parameters decoded.
import { Buffer } from 'node:buffer';
import { MimeNode } from '@zone-eu/mailsplit';
import libmime from 'libmime';
import type { MessagePart } from '../core/outline.ts';

export interface PartHeader {
  /** In lower case. */
  readonly contentType: string;
  readonly charset: string;
  /** As the header has it, in lower case; '' when it has none. */
  readonly encoding: string;
  readonly disposition: string;
  readonly name: string;
  readonly contentId: string;
  readonly hasContentLocation: boolean;
  /** `format=flowed` of RFC 3676. */
  readonly isFlowed: boolean;
  /** `smime-type` of RFC 8551 §3.2.2, in lower case; '' when it has none. */
  readonly smimeType: string;
  /** Has the `method` of iMIP (RFC 6047). */
  readonly hasMethod: boolean;
  /** Of whatever type; '' when it has none that can be one. */
  readonly boundary: string;
}

/** @param header with the empty line that closes it, or without it */
export function readPartHeader(
  header: Uint8Array,
  { isInDigest }: { readonly isInDigest: boolean },
): PartHeader {
  const node = new MimeNode();
  node.addHeaderChunk(Buffer.from(header));
  node.parseHeaders();
  const said = firstOf(node, 'Content-Type');
  const { params } = libmime.parseHeaderValue(said);
  return {
    // RFC 2046 §5.1.5: within a digest, a part that does not say what it is is a message.
    contentType: said === '' && isInDigest ? 'message/rfc822' : contentTypeOf(node),
    charset: node.charset || '',
    encoding: node.encoding || '',
    disposition: node.disposition || '',
    name: oneLine(node.filename || ''),
    contentId: oneLine(withoutAngles(firstOf(node, 'Content-ID'))),
    hasContentLocation: firstOf(node, 'Content-Location') !== '',
    isFlowed: node.flowed,
    smimeType: (params['smime-type'] ?? '').toLowerCase(),
    hasMethod: params['method'] !== undefined,
    boundary: node._boundary ? node._boundary.toString('latin1') : '',
  };
}

/** RFC 2045 §5.2: what makes no sense is plain text. */
function contentTypeOf(node: MimeNode): string {
  const contentType = node.contentType || '';
  return /^[^\s/]+\/[^\s/]+$/.test(contentType) ? contentType : 'text/plain';
}

/** Undefined for an encoding that nobody knows. */
export function toEncoding(encoding: string): MessagePart['encoding'] | undefined {
  switch (encoding) {
    case 'base64':
    case 'quoted-printable':
      return encoding;
    case '':
    case '7bit':
    case '8bit':
    case 'binary':
      return 'identity';
    default:
      return undefined;
  }
}

function firstOf(node: MimeNode, name: string): string {
  return node.headers ? node.headers.getFirst(name) : '';
}

/** A pattern for the end would take a time that grows with the square of the length. */
function withoutAngles(text: string): string {
  let end = text.length;
  while (end > 0 && /[\s>]/.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end).replace(/^[\s<]+/, '');
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
