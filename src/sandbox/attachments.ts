// POST /users/{user}/messages/{id}/attachments: a file below 3 MB.
import { jsonAnswer, type Answer, type GraphFault } from './answer.ts';
import type { Draft } from './drafts.ts';
import { itemNotFound } from './graph-faults.ts';
import { parseJson, readAttachment, type FileAttachment } from './json-message.ts';
import { findDraft } from './messages.ts';
import type { MailboxRequest, Tenant } from './tenant.ts';

/** How many a message may have. */
const maxAttachments = 250;

/** 201 with the attachment, without its content. */
export async function postAttachment(
  tenant: Tenant,
  request: MailboxRequest,
): Promise<Answer | GraphFault> {
  const parsed = parseJson(await request.body.bytes(), readAttachment);
  if ('fault' in parsed) return parsed.fault;
  const draft = findDraft(tenant, request);
  if (draft === undefined) return itemNotFound;
  const { content, name, contentType, isInline } = parsed.value;
  if (content.length >= tenant.limits.attachmentBytes) return attachmentTooLarge;
  const fault = attach(draft, parsed.value);
  if (fault !== undefined) return fault;
  return jsonAnswer(201, {
    '@odata.type': '#microsoft.graph.fileAttachment',
    id: tenant.identifiers.itemId(),
    name,
    contentType: contentType ?? null,
    isInline,
    size: content.length,
  });
}

/** Adds a file to a draft, or says why it cannot be added. */
export function attach(draft: Draft, attachment: FileAttachment): GraphFault | undefined {
  if (draft.content.form === 'mime') {
    return {
      status: 400,
      code: 'ErrorInvalidRequest',
      message: 'A draft made of MIME content takes no attachments.',
    };
  }
  if (draft.attachments.length >= maxAttachments) return tooManyAttachments;
  draft.attachments.push(attachment);
  return undefined;
}

const attachmentTooLarge: GraphFault = {
  status: 413,
  code: 'ErrorAttachmentSizeLimitExceeded',
  message: 'The attachment is too large for one request: it takes an upload session.',
};

const tooManyAttachments: GraphFault = {
  status: 400,
  code: 'ErrorAttachmentCountLimitExceeded',
  message: `A message has at most ${maxAttachments} attachments.`,
};
