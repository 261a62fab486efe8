// Cuts a message into its MIME entities (RFC 2045 §2.4) by byte ranges, and keeps nothing of their content.
import { Buffer } from 'node:buffer';
import type { Content } from '../relay/ports.ts';
import { Inseparable, lineEndBytes, OpenBoundaries, type Delimiter } from './delimiter.ts';
import { headerLength } from './header-bounds.ts';
import { scanHeader } from './header-scan.ts';
import {
  endEntity,
  growEntity,
  isMultipart,
  openEntity,
  type Entity,
  type OpenEntity,
} from './outline-entity.ts';

const maxDepth = 50;
const maxEntities = 1_000;
const maxHeaderBytes = 524_288;
/** Each costs more time and memory than its bytes tell. */
const maxHeaderLines = 8_192;

/**
 * @returns undefined for a message whose parts are too many or too deep, or that readers take apart in different ways
 * @throws what `content` throws, and when `signal` is aborted
 */
export async function scanEntities(
  content: Content,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Entity | undefined> {
  const scan = new Scan();
  try {
    signal?.throwIfAborted();
    for await (const piece of content.read()) {
      signal?.throwIfAborted();
      scan.write(piece);
    }
    return scan.end();
  } catch (error) {
    if (error instanceof Inseparable) return undefined;
    throw error;
  }
}

class Scan {
  /** What the next byte lies in, outermost first. */
  readonly #open: OpenEntity[] = [];
  readonly #boundaries = new OpenBoundaries<OpenEntity>();
  #root: OpenEntity | undefined;
  #entities = 0;
  #isInHeader = true;
  #startsLine = true;
  /** What takes more bytes to tell. */
  #carried = Buffer.alloc(0);
  /** Of the next byte that is taken, in the message. */
  #offset = 0;

  /** @param piece may be used for other things afterwards */
  write(piece: Uint8Array): void {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    // Mostly a few bytes tell what was carried, and the others need no copy.
    const leadBytes = this.#carried.length === 0 ? 0 : 16;
    this.#takeNext(bytes.subarray(0, leadBytes));
    this.#takeNext(bytes.subarray(leadBytes));
  }

  end(): Entity | undefined {
    this.#take(this.#carried, { isLast: true });
    while (this.#open.length > 0) this.#close();
    return this.#root;
  }

  #takeNext(bytes: Buffer): void {
    const isFresh = this.#carried.length === 0;
    this.#carried = Buffer.from(
      this.#take(isFresh ? bytes : Buffer.concat([this.#carried, bytes])),
    );
  }

  /** @returns what takes more bytes to tell */
  #take(bytes: Buffer, { isLast } = { isLast: false }): Buffer {
    let rest = bytes;
    while (rest.length > 0 || (isLast && this.#isInHeader)) {
      const length = this.#isInHeader
        ? this.#takeHeader(rest, { isLast })
        : this.#takeBody(rest, { isLast });
      this.#offset += length;
      rest = rest.subarray(length);
      if (length === 0) break;
    }
    return rest;
  }

  /** A header ends with an empty line, or with its part: then it is all there is (RFC 2046 §5.1.1). */
  #takeHeader(bytes: Buffer, { isLast }: { readonly isLast: boolean }): number {
    const length = headerLength(bytes);
    const lines = length < 0 ? bytes : bytes.subarray(0, length);
    const { delimiter } = this.#boundaries.find(lines, { startsLine: true, isLast });
    const end = delimiter?.start ?? (isLast ? lines.length : length);
    const leastEnd = end < 0 ? bytes.length - this.#boundaries.maxLineBytes : end;
    if (leastEnd > maxHeaderBytes)
      throw new Inseparable(`A header of more than ${maxHeaderBytes} bytes`);
    if (end < 0) return 0;
    if (end === 0 && this.#open.length > 0)
      throw new Inseparable('A delimiter right behind another');
    this.#begin(bytes.subarray(0, end));
    return delimiter ? this.#pass(delimiter) : end;
  }

  #takeBody(bytes: Buffer, { isLast }: { readonly isLast: boolean }): number {
    const found = this.#boundaries.find(bytes, { startsLine: this.#startsLine, isLast });
    const { delimiter } = found;
    const end = delimiter ? Math.max(0, delimiter.start - lineEndBytes) : found.clearTo;
    const entity = this.#open.at(-1);
    if (entity) growEntity(entity, bytes.subarray(0, end));
    if (delimiter) return this.#pass(delimiter);
    this.#startsLine &&= end === 0;
    return end;
  }

  #begin(header: Buffer): void {
    this.#entities += 1;
    if (this.#entities > maxEntities) throw new Inseparable(`More than ${maxEntities} entities`);
    if (this.#open.length === maxDepth) throw new Inseparable(`Deeper than ${maxDepth}`);
    checkLines(header);
    if (headerLength(header) < 0) checkFields(header);
    const parent = this.#open.at(-1);
    const entity = openEntity(header, { headerStart: this.#offset, parent });
    this.#root ??= entity;
    parent?.children.push(entity);
    this.#open.push(entity);
    this.#boundaries.add(entity.boundary, entity);
    this.#isInHeader = false;
    this.#startsLine = true;
  }

  /** A delimiter ends all that lies in its owner, whether that has seen its own last one or not. */
  #pass({ owner, isClosing, end }: Delimiter<OpenEntity>): number {
    if (!isMultipart(owner)) throw new Inseparable('Parts in what is no multipart');
    const depth = this.#open.indexOf(owner) + 1;
    while (this.#open.length > depth) this.#close();
    if (isClosing && owner.children.length === 0)
      throw new Inseparable('A closing delimiter before any part');
    if (!isClosing && owner.isClosed) throw new Inseparable('A part behind the closing delimiter');
    owner.isClosed ||= isClosing;
    this.#isInHeader = !isClosing;
    this.#startsLine = true;
    return end;
  }

  #close(): void {
    const entity = this.#open.pop();
    if (entity === undefined) return;
    endEntity(entity);
    this.#boundaries.delete(entity.boundary);
  }
}

const tornLineEnd = /\r(?!\n)|(?<!\r)\n/;

function checkLines(header: Buffer): void {
  const text = header.toString('latin1');
  if (text.split('\n', maxHeaderLines + 2).length > maxHeaderLines + 1) {
    throw new Inseparable(`A header of more than ${maxHeaderLines} lines`);
  }
  if (tornLineEnd.test(text))
    throw new Inseparable('For some readers, half a line end ends the header');
}

function checkFields(header: Buffer): void {
  const { fields } = scanHeader(Buffer.from(header));
  const isStray = fields.some(({ key }) => key === '');
  if (isStray) throw new Inseparable('For some readers, a line that is no field begins the body');
}
