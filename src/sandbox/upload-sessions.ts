// POST /users/{user}/messages/{id}/attachments/createUploadSession: for a file of 3 to 150 MB.
import type { Address } from '../core/address.ts';
import { jsonAnswer, type Answer, type GraphFault } from './answer.ts';
import type { Draft } from './drafts.ts';
import { itemNotFound, messageTooLarge } from './graph-faults.ts';
import { readObject } from './json-fields.ts';
import { parseJson, readFileFacts, type FileAttachment } from './json-message.ts';
import { findDraft } from './messages.ts';
import type { MailboxRequest, Tenant } from './tenant.ts';

/** The file that a session is for. */
interface AttachmentItem extends Omit<FileAttachment, 'content'> {
  readonly attachmentType: string;
  readonly size: number;
}

export interface UploadSession {
  /** The secret in its URL. */
  readonly token: string;
  readonly mailbox: Address;
  readonly draft: Draft;
  readonly item: AttachmentItem;
  /** Epoch ms. */
  readonly expiresAt: number;
  readonly pieces: Buffer[];
  receivedBytes: number;
}

/** 201 with the URL to upload to. */
export async function createUploadSession(
  tenant: Tenant,
  request: MailboxRequest,
): Promise<Answer | GraphFault> {
  const parsed = parseJson(await request.body.bytes(), readParameters);
  if ('fault' in parsed) return parsed.fault;
  const draft = findDraft(tenant, request);
  if (draft === undefined) return itemNotFound;
  const item = parsed.value;
  const fault = itemFault(tenant, item);
  if (fault !== undefined) return fault;
  const session: UploadSession = {
    token: tenant.identifiers.secret(),
    mailbox: request.mailbox,
    draft,
    item,
    expiresAt: request.receivedAt + tenant.limits.uploadSessionMs,
    pieces: [],
    receivedBytes: 0,
  };
  forgetExpired(tenant, request.receivedAt);
  tenant.uploads.set(session.token, session);
  const uploadUrl = `${tenant.uploadOrigin()}/attachmentSessions?authtoken=${session.token}`;
  return jsonAnswer(201, { uploadUrl, ...statusOf(session), nextExpectedRanges: ['0-'] });
}

function readParameters(value: unknown, path: string): AttachmentItem {
  return readObject(value, path, (parameters) =>
    parameters.required('AttachmentItem', parameters.one('AttachmentItem', readItem)),
  );
}

function readItem(value: unknown, path: string): AttachmentItem {
  return readObject(value, path, (fields) => ({
    attachmentType: fields.required('attachmentType', fields.text('attachmentType')),
    size: fields.required('size', fields.count('size')),
    ...readFileFacts(fields),
  }));
}

function itemFault({ limits }: Tenant, item: AttachmentItem): GraphFault | undefined {
  if (item.attachmentType !== 'file') {
    return {
      status: 405,
      code: 'ErrorAttachmentSessionIsSupportedOnlyForFileAttachments',
      message: 'Attachment upload sessions are supported only for file attachments.',
    };
  }
  if (item.size < limits.uploadSessionMinBytes) {
    return {
      status: 400,
      code: 'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize',
      message: `The attachment must have ${limits.uploadSessionMinBytes} bytes at least.`,
    };
  }
  return item.size > limits.uploadSessionMaxBytes ? messageTooLarge : undefined;
}

/** For Outlook a session expects one place to go on from, not a range. */
export function statusOf({ expiresAt, receivedBytes }: UploadSession) {
  return {
    expirationDateTime: new Date(expiresAt).toISOString(),
    nextExpectedRanges: [String(receivedBytes)],
  };
}

function forgetExpired({ uploads }: Tenant, now: number): void {
  for (const { token, expiresAt } of uploads.values()) {
    if (expiresAt <= now) uploads.delete(token);
  }
}
