// Reads the body that sendMail and messages share: base64 of a MIME message, or JSON.
import type { GraphFault } from './answer.ts';
import { readMimeMessage, type MimeMessage } from './mime-message.ts';
import { invalidMime } from './graph-faults.ts';
import type { MailboxRequest } from './tenant.ts';

/** `mime`: text/plain; `json`: application/json. */
export type BodyForm = 'mime' | 'json';

/** Undefined for a Content-Type that Graph does not know here. */
export function bodyFormOf({ headers }: MailboxRequest): BodyForm | undefined {
  const mediaType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === 'text/plain') return 'mime';
  return mediaType === 'application/json' ? 'json' : undefined;
}

/** Throws `ClientGone`. */
export async function readMimeBody(request: MailboxRequest): Promise<MimeMessage | GraphFault> {
  const raw = await request.body.base64();
  if (raw === undefined || raw.length === 0) {
    return {
      status: 400,
      code: 'ErrorMimeContentInvalidBase64String',
      message: 'Invalid base64 string for MIME content.',
    };
  }
  return readMimeMessage(raw) ?? invalidMime;
}
