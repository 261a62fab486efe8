// What a report returns of the message that it is about.
import type { ReportedEnd, ReturnedOriginal } from '../core/report.ts';
import {
  StoreError,
  type Content,
  type DueReport,
  type Events,
  type Mime,
  type StoredMessage,
} from './ports.ts';
import { readStart } from './read-start.ts';

export interface ReadOriginalParts {
  readonly end: ReportedEnd;
  readonly mime: Pick<Mime, 'editHeader'>;
  readonly events: Pick<Events, 'fault'>;
}

/** Larger messages are returned as their header. */
const maxReturnedBytes = 1_000_000;

/** Undefined where it is not kept any more, or cannot be read: its sender is told all the same. */
export async function readOriginal(
  { message, content }: DueReport,
  { end, mime, events }: ReadOriginalParts,
): Promise<ReturnedOriginal | undefined> {
  if (content === undefined) return undefined;
  try {
    const header = await readStart(content, message.headerBytes);
    const shown = mime.editHeader(header, withoutBcc);
    // RFC 3461 §4.3: RET concerns reports of failure alone.
    const isWhole =
      end.kind === 'failed' &&
      message.envelope.ret === 'FULL' &&
      content.sizeBytes <= maxReturnedBytes;
    if (!isWhole) return { kind: 'header', bytes: shown };
    return { kind: 'message', bytes: await withHeader(content, message, shown) };
  } catch (error) {
    if (!(error instanceof StoreError && error.fault === 'corrupt')) throw error;
    events.fault({ where: 'report', error, id: message.id });
    return undefined;
  }
}

/** A report may be passed on. */
const withoutBcc = ['Bcc', 'Resent-Bcc'].map((name) => ({ kind: 'remove', name }) as const);

async function withHeader(
  content: Content,
  { headerBytes }: StoredMessage,
  header: Uint8Array,
): Promise<Uint8Array> {
  const whole = await readStart(content, content.sizeBytes);
  const body = whole.subarray(headerBytes);
  const bytes = new Uint8Array(header.length + body.length);
  bytes.set(header);
  bytes.set(body, header.length);
  return bytes;
}
