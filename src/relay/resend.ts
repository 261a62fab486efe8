// Sends a stored message to others: it is accepted once more, as its client would hand it over.
import { addressKey, type Address } from '../core/address.ts';
import type { Accept, Acceptance, Content, MessageRecord, Mime, StoredMessage } from './ports.ts';
import { readStart } from './read-start.ts';

export interface ResendParts {
  readonly accept: Accept;
  readonly mime: Pick<Mime, 'editHeader'>;
}

/**
 * The envelope decides: the recipients of the first time get nothing, and who of To and Cc is not among the new ones is
 * taken out of it. What was asked for reports concerned the others. Undefined: its body is not kept any more.
 */
export async function resend(
  { message, content }: MessageRecord,
  forwardPaths: readonly Address[],
  parts: ResendParts,
): Promise<Acceptance | undefined> {
  if (!content) return undefined;
  const { reversePath, smtpUtf8 } = message.envelope;
  const unique = new Map(forwardPaths.map((path) => [addressKey(path), path]));
  return await parts.accept({
    client: message.client,
    envelope: { reversePath, smtpUtf8, forwardPaths: [...unique.values()] },
    content: message.fromWasMissing ? withoutFrom(content, message, parts) : content.read(),
    refusal: () => undefined,
  });
}

/** The From that acceptance added would be taken for the client's own, and not be replaced where a missing one is. */
async function* withoutFrom(
  content: Content,
  { headerBytes }: StoredMessage,
  { mime }: ResendParts,
): AsyncGenerator<Uint8Array> {
  const header = await readStart(content, headerBytes);
  yield mime.editHeader(header, [{ kind: 'remove', name: 'From' }]);
  yield* content.read({ start: headerBytes });
}
