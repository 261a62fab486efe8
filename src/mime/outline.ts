// What a message is made of: its parts by byte ranges, and what Graph's JSON could carry of them.
import { Buffer } from 'node:buffer';
import type { HeaderFacts } from '../core/message.ts';
import type { MessageOutline, MessagePart } from '../core/outline.ts';
import type { Content } from '../relay/ports.ts';
import { endHeader, headerLength } from './header-bounds.ts';
import { readHeader } from './header-facts.ts';
import { shapeOf } from './outline-body.ts';
import { flatten, integrityOf } from './outline-integrity.ts';
import type { Entity } from './outline-entity.ts';
import { scanEntities } from './outline-scan.ts';
import { toEncoding } from './part-header.ts';

/** Reads the message once. Throws what `content` throws, and when `signal` is aborted. */
export async function readOutline(
  content: Content,
  options: { readonly signal?: AbortSignal } = {},
): Promise<MessageOutline> {
  const header = readHeader(await readRootHeader(content));
  const root = await scanEntities(content, options);
  if (root === undefined) return { ...nothingKnown, header, sizeBytes: content.sizeBytes };
  return { ...outlineOf(root, header), sizeBytes: content.sizeBytes };
}

/** The header of the message, closing empty line included. */
export async function readRootHeader(content: Content): Promise<Uint8Array> {
  let start = Buffer.alloc(0);
  for await (const piece of content.read()) {
    const searched = Math.max(start.length - 3, 0);
    start = Buffer.concat([start, piece]);
    const length = headerLength(start, searched);
    if (length >= 0) return start.subarray(0, length);
  }
  return endHeader(start);
}

const nothingKnown = { integrity: 'inseparable', parts: [], files: [], losses: [] } as const;

function outlineOf(root: Entity, header: HeaderFacts): Omit<MessageOutline, 'sizeBytes'> {
  const { body, files, losses } = shapeOf(root);
  const integrity = integrityOf(root);
  const isUnreadable = integrity === 'free' && body?.isReadable === false;
  const isHtml = body?.contentType === 'text/html';
  const toPart = (entity: Entity) => partOf(entity, { isHtml });
  const leaves = [...flatten(root)].filter(({ children }) => children.length === 0);
  return {
    header,
    integrity: isUnreadable ? 'unreadable' : integrity,
    parts: leaves.map(toPart),
    ...(body && { body: toPart(body) }),
    files: files.map(toPart),
    losses,
  };
}

/** A part is inline where HTML can refer to it. */
function partOf(entity: Entity, { isHtml }: { readonly isHtml: boolean }): MessagePart {
  const { contentType, charset, encoding, name, contentId, disposition } = entity;
  const { headerStart, start, end, decodedBytes, jsonBytes } = entity;
  return {
    contentType,
    charset,
    encoding: toEncoding(encoding) ?? 'identity',
    name,
    contentId,
    isInline: isHtml && contentId !== '' && disposition !== 'attachment',
    headerStart,
    start,
    end,
    decodedBytes,
    jsonBytes,
  };
}
