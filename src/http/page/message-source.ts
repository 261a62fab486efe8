// What a message of the queue says, as it is stored: text, of which nothing is run, loaded or rendered.
import { html } from 'hono/html';
import type { MessageRecord } from '../../relay/ports.ts';
import { formatBytes } from '../words.ts';
import type { Html } from './layout.ts';

export interface MessageSource {
  readonly text: string;
  /** There is more of it. */
  readonly isCut: boolean;
}

/** Longer ones are cut: the exported message has them whole. */
const maxSourceBytes = 200_000;

/** Undefined: its body is not kept any more. Rejects with `StoreError`. */
export async function readSource({ content }: MessageRecord): Promise<MessageSource | undefined> {
  if (!content) return undefined;
  const end = Math.min(content.sizeBytes, maxSourceBytes);
  const pieces: Uint8Array[] = [];
  // A piece is valid until the next one only.
  for await (const piece of content.read({ end })) pieces.push(Uint8Array.from(piece));
  const text = new TextDecoder().decode(Buffer.concat(pieces));
  return { text, isCut: end < content.sizeBytes };
}

export function messageSourceMain(
  { message }: MessageRecord,
  { text, isCut }: MessageSource,
): Html {
  const address = `/messages/${encodeURIComponent(message.id)}`;
  return html`<p><a href="${address}">← The message</a></p>
    <h1>Source</h1>
    ${isCut && html`<p>The first ${formatBytes(maxSourceBytes)} of ${formatBytes(message.sizeBytes)}.</p>`}
    <pre class="card" tabindex="0" role="group" aria-label="Source of the message">${text}</pre>`;
}
