// A MIME entity while its bytes pass by: where it lies, how long it is decoded, and whether it can be read.
import { isShownText } from './outline-body.ts';
import { TextMeasure } from './outline-text.ts';
import { createPartDecoder, type PartDecoder } from './part-decoder.ts';
import { readPartHeader, toEncoding, type PartHeader } from './part-header.ts';

/** An entity as its header describes it, with those within it. */
export interface Entity extends PartHeader {
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

/** An entity whose end has not been seen. */
export interface OpenEntity extends Entity {
  readonly children: OpenEntity[];
  decoder: PartDecoder | undefined;
  /** Absent for what is no text to be shown. */
  measure: TextMeasure | undefined;
  end: number;
  decodedBytes: number;
  jsonBytes: number;
  isReadable: boolean;
  /** Its last delimiter has been seen. */
  isClosed: boolean;
}

export function openEntity(
  header: Uint8Array,
  {
    headerStart,
    parent,
  }: { readonly headerStart: number; readonly parent: OpenEntity | undefined },
): OpenEntity {
  const isInDigest = parent?.contentType === 'multipart/digest';
  const described = readPartHeader(header, { isInDigest });
  const start = headerStart + header.length;
  return {
    ...described,
    headerStart,
    start,
    end: start,
    decodedBytes: 0,
    jsonBytes: 0,
    isReadable: true,
    children: [],
    decoder: undefined,
    measure: isShownText(described) ? new TextMeasure(described.charset) : undefined,
    isClosed: false,
  };
}

export function isMultipart({ contentType }: Pick<Entity, 'contentType'>): boolean {
  return contentType.startsWith('multipart/');
}

/** What a multipart has beside its parts is for nobody (RFC 2046 §5.1.1). */
export function growEntity(entity: OpenEntity, content: Uint8Array): void {
  if (isMultipart(entity) || content.length === 0) return;
  entity.end += content.length;
  entity.decoder ??= createPartDecoder(toEncoding(entity.encoding) ?? 'identity');
  count(entity, entity.decoder.write(content));
}

export function endEntity(entity: OpenEntity): void {
  if (entity.decoder) count(entity, entity.decoder.end());
  if (entity.measure) Object.assign(entity, entity.measure.end());
  [entity.decoder, entity.measure] = [undefined, undefined];
}

function count(entity: OpenEntity, decoded: Uint8Array): void {
  entity.decodedBytes += decoded.length;
  entity.measure?.write(decoded);
}
