// Reads what rules may ask of a message's content, piece by piece, and keeps no more than that of it.
import { Buffer } from 'node:buffer';
import { finished } from 'node:stream/promises';
import { Splitter, type MimeNode, type SplitterChunk } from '@zone-eu/mailsplit';
import type { AttachmentFacts, ContentFacts } from '../core/content.ts';
import { decodeText } from './content-text.ts';
import { toEncoding } from './part-header.ts';
import { createPartDecoder, type PartDecoder } from './part-decoder.ts';

/** Of texts, decoded. */
const maxTextBytes = 262_144;
const maxParts = 1_000;
const maxHeaderBytes = 524_288;
const maxNameLength = 1_000;

/** The parts of one message, while it arrives. */
export class ContentScan {
  readonly #splitter = new Splitter({ maxChildNodes: maxParts, maxHeadSize: maxHeaderBytes });
  readonly #ended = finished(this.#splitter).then(
    () => true,
    () => false,
  );
  readonly #leaves = new Map<MimeNode, Leaf>();
  /** What stands in them is shown by some readers as text. */
  readonly #emptyContainers = new Set<MimeNode>();
  #givenBytes = 0;
  #takenBytes = 0;
  #textBytes = 0;

  constructor() {
    this.#splitter.on('data', (chunk) => this.#take(chunk));
  }

  /** Resolves when the piece has been read. @param piece is ours from now on */
  async write(piece: Buffer): Promise<void> {
    this.#givenBytes += piece.length;
    await new Promise<void>((resolve) => {
      this.#splitter.write(piece, () => resolve());
    });
  }

  /** Undefined for a message that cannot be parsed, or not to its last byte. */
  async end(): Promise<ContentFacts | undefined> {
    this.#splitter.end();
    const isWhole = (await this.#ended) && this.#takenBytes === this.#givenBytes;
    if (!isWhole || this.#emptyContainers.size > 0) return undefined;
    const leaves = [...this.#leaves.values()];
    for (const leaf of leaves) this.#keep(leaf, leaf.decoder.end());
    return {
      texts: leaves.map(textOf).filter((text) => text.trim() !== ''),
      attachments: leaves.filter(({ isText }) => !isText).map(toAttachment),
    };
  }

  #take(chunk: SplitterChunk): void {
    const value = (chunk.type === 'node' ? chunk.getHeaders() : chunk.value) ?? nothing;
    this.#takenBytes += value.length;
    if (chunk.type === 'node') this.#open(chunk);
    const leaf = chunk.type === 'body' ? this.#leaves.get(chunk.node) : undefined;
    if (leaf) this.#keep(leaf, leaf.decoder.write(value));
  }

  #open(node: MimeNode): void {
    if (node.parentNode) this.#emptyContainers.delete(node.parentNode);
    if (isContainer(node)) this.#emptyContainers.add(node);
    else this.#leaves.set(node, openLeaf(node));
  }

  /** @param decoded may be used for other things afterwards */
  #keep(leaf: Leaf, decoded: Uint8Array): void {
    leaf.decodedBytes += decoded.length;
    const kept = leaf.isText ? decoded.subarray(0, maxTextBytes - this.#textBytes) : nothing;
    this.#textBytes += kept.length;
    if (kept.length > 0) leaf.kept.push(Buffer.from(kept));
  }
}

const nothing = new Uint8Array(0);

/** A part without parts of its own. */
interface Leaf {
  readonly node: MimeNode;
  readonly isText: boolean;
  readonly decoder: PartDecoder;
  /** The start of a text, decoded. */
  readonly kept: Uint8Array[];
  decodedBytes: number;
}

function isContainer({ multipart, messageNode }: MimeNode): boolean {
  return multipart !== false || messageNode === true;
}

function openLeaf(node: MimeNode): Leaf {
  const decoder = createPartDecoder(toEncoding(node.encoding || '') ?? 'identity');
  return { node, isText: isShownText(node), decoder, kept: [], decodedBytes: 0 };
}

function isShownText({ contentType, disposition, filename }: MimeNode): boolean {
  const isText = !contentType || contentType === 'text/plain' || contentType === 'text/html';
  return isText && disposition !== 'attachment' && !filename;
}

function textOf({ node, kept }: Leaf): string {
  return decodeText(Buffer.concat(kept), {
    charset: node.charset || '',
    isFlowed: node.flowed,
    deletesSpace: node.delSp,
  });
}

function toAttachment({ node, decodedBytes }: Leaf): AttachmentFacts {
  return {
    name: (node.filename || '').replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, maxNameLength),
    type: node.contentType || 'application/octet-stream',
    sizeBytes: decodedBytes,
  };
}
