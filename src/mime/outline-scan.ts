// Cuts a message into its MIME entities (RFC 2045 §2.4) by byte ranges, and keeps nothing of their content.
import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Splitter, type MimeNode, type SplitterChunk } from '@zone-eu/mailsplit';
import libmime from 'libmime';
import type { MessagePart } from '../core/outline.ts';
import type { Content } from '../relay/ports.ts';
import { isShownText } from './outline-body.ts';
import { ByteLedger } from './outline-ledger.ts';
import { TextMeasure } from './outline-text.ts';
import { createPartDecoder, type PartDecoder } from './part-decoder.ts';

/** An entity as its header describes it, with those within it. */
export interface Entity {
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
  readonly headerStart: number;
  readonly start: number;
  readonly end: number;
  readonly decodedBytes: number;
  /** Of a text to be shown, as a string of JSON without its quotes; of others 0. */
  readonly jsonBytes: number;
  /** A text to be shown is what was written; others are as they are. */
  readonly isReadable: boolean;
  readonly children: readonly Entity[];
}

const maxDepth = 50;
const maxEntities = 1_000;
const maxHeaderBytes = 524_288;

/** @returns undefined for a message whose parts are too many, too deep, or do not lie one behind the other */
export async function scanEntities(
  content: Content,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Entity | undefined> {
  const scan = new Scan();
  const splitter = new Splitter({
    ignoreEmbedded: true,
    maxChildNodes: maxEntities,
    maxHeadSize: maxHeaderBytes,
  });
  try {
    await pipeline(
      Readable.from(scan.read(content)),
      splitter,
      async (chunks: AsyncIterable<SplitterChunk>) => {
        for await (const chunk of chunks) scan.take(chunk);
      },
      options,
    );
  } catch (error) {
    if (error instanceof Unscannable || isOverLimit(error)) return undefined;
    throw error;
  }
  return scan.result();
}

class Unscannable extends Error {
  override readonly name = 'Unscannable';
}

function isOverLimit(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EMAXLEN';
}

/** An entity whose end has not been seen. */
interface OpenEntity extends Entity {
  readonly children: OpenEntity[];
  readonly depth: number;
  decoder: PartDecoder | undefined;
  /** Absent for what is no text to be shown. */
  measure: TextMeasure | undefined;
  end: number;
  decodedBytes: number;
  jsonBytes: number;
  isReadable: boolean;
}

class Scan {
  /** By the splitter's own objects, which tell what belongs to what. */
  readonly #open = new WeakMap<MimeNode, OpenEntity>();
  readonly #ledger = new ByteLedger();
  #root: OpenEntity | undefined;
  #leaf: OpenEntity | undefined;
  #offset = 0;
  #lastByte = lineFeed;

  /** The splitter reads ahead, and a piece of content is valid only until the next one. */
  async *read(content: Content): AsyncGenerator<Uint8Array> {
    for await (const piece of content.read()) {
      const copy = Buffer.from(piece);
      this.#ledger.give(copy);
      yield copy;
    }
  }

  take(chunk: SplitterChunk): void {
    const value = (chunk.type === 'node' ? chunk.getHeaders() : chunk.value) ?? nothing;
    // Of a part that is all header the splitter loses the header, or gives it twice.
    if (!this.#ledger.take(value)) throw new Unscannable('Other bytes than were read');
    if (chunk.type === 'node') {
      this.#begin(chunk);
      return;
    }
    if (chunk.type === 'body') this.#grow(this.#open.get(chunk.node), value);
    else this.#endLeafBefore(value);
    this.#offset += value.length;
    this.#lastByte = value.at(-1) ?? this.#lastByte;
  }

  /** Undefined when the entities do not add up to the message. */
  result(): Entity | undefined {
    this.#endLeaf();
    return this.#ledger.isEmpty ? this.#root : undefined;
  }

  #begin(node: MimeNode): void {
    this.#endLeaf();
    const parent = node.parentNode ? this.#open.get(node.parentNode) : undefined;
    const entity = openEntity(node, { headerStart: this.#offset, parent });
    if (entity.depth > maxDepth) throw new Unscannable('Too deep');
    this.#offset = entity.start;
    this.#open.set(node, entity);
    this.#root ??= entity;
    parent?.children.push(entity);
  }

  #grow(entity: OpenEntity | undefined, value: Uint8Array): void {
    if (entity === undefined) throw new Unscannable('A body without a header');
    if (entity !== this.#leaf) this.#endLeaf();
    this.#leaf = entity;
    if (entity.end !== this.#offset) throw new Unscannable('A body in two places');
    entity.end += value.length;
    entity.decoder ??= createPartDecoder(toEncoding(entity.encoding) ?? 'identity');
    count(entity, entity.decoder.write(value));
  }

  /** The line end before a delimiter is part of it (RFC 2046 §5.1.1); of an empty body the splitter leaves it there. */
  #endLeafBefore(delimiter: Uint8Array): void {
    if (!this.#isAtLineStart(delimiter)) throw new Unscannable('A delimiter within a line');
    const leaf = this.#leaf;
    if (leaf && leaf.end > leaf.start && delimiter[0] === dash) {
      if (leaf.end - leaf.start > lineEndBytes) throw new Unscannable('A delimiter within a line');
      leaf.end = leaf.start;
      leaf.decodedBytes = 0;
      leaf.decoder = undefined;
      leaf.measure = undefined;
    }
    this.#endLeaf();
  }

  /** After a CR alone the splitter finds a delimiter or not, depending on where its pieces end. */
  #isAtLineStart(delimiter: Uint8Array): boolean {
    const text = Buffer.from(delimiter).toString('latin1');
    const start = /^[\r\n]*(?=--)/.exec(text)?.[0];
    // What lies before the first part, and behind the last one, comes here as well.
    if (start === undefined) return !text.includes('\r--');
    return start === '' ? this.#lastByte === lineFeed : start.endsWith('\n');
  }

  #endLeaf(): void {
    const leaf = this.#leaf;
    if (leaf?.decoder) count(leaf, leaf.decoder.end());
    if (leaf?.measure) Object.assign(leaf, leaf.measure.end());
    if (leaf) [leaf.decoder, leaf.measure] = [undefined, undefined];
    this.#leaf = undefined;
  }
}

function count(leaf: OpenEntity, decoded: Uint8Array): void {
  leaf.decodedBytes += decoded.length;
  leaf.measure?.write(decoded);
}

const nothing = new Uint8Array(0);
const lineFeed = 10;
const dash = 45;
const lineEndBytes = 2;

function openEntity(
  node: MimeNode,
  {
    headerStart,
    parent,
  }: { readonly headerStart: number; readonly parent: OpenEntity | undefined },
): OpenEntity {
  const start = headerStart + node.getHeaders().length;
  const { params } = libmime.parseHeaderValue(firstOf(node, 'Content-Type'));
  const shown = {
    contentType: contentTypeOf(node, parent),
    disposition: node.disposition || '',
    name: oneLine(node.filename || ''),
  };
  const charset = node.charset || '';
  return {
    ...shown,
    charset,
    encoding: node.encoding || '',
    contentId: oneLine(firstOf(node, 'Content-ID').replaceAll(/^[\s<]+|[\s>]+$/g, '')),
    hasContentLocation: firstOf(node, 'Content-Location') !== '',
    isFlowed: node.flowed,
    smimeType: (params['smime-type'] ?? '').toLowerCase(),
    hasMethod: params['method'] !== undefined,
    headerStart,
    start,
    end: start,
    decodedBytes: 0,
    jsonBytes: 0,
    isReadable: true,
    children: [],
    depth: (parent?.depth ?? 0) + 1,
    decoder: undefined,
    measure: isShownText(shown) ? new TextMeasure(charset) : undefined,
  };
}

/** RFC 2046 §5.1.5: within a digest, a part that does not say what it is is a message. */
function contentTypeOf(node: MimeNode, parent: OpenEntity | undefined): string {
  const isUnsaid = firstOf(node, 'Content-Type') === '';
  if (isUnsaid && parent?.contentType === 'multipart/digest') return 'message/rfc822';
  // RFC 2045 §5.2: what makes no sense is plain text.
  const isType = /^[^\s/]+\/[^\s/]+$/.test(node.contentType || '');
  return (isType && node.contentType) || 'text/plain';
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

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
