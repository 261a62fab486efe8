// /users/{user}/messages: drafts are made, found, deleted and sent here; sent messages are found.
import { jsonAnswer, type Answer, type GraphFault } from './answer.ts';
import { composeMime } from './compose.ts';
import type { Draft, DraftContent } from './drafts.ts';
import { invalidMime, itemNotFound, unknownMediaType } from './graph-faults.ts';
import { headersFault, parseJson, readJsonMessage } from './json-message.ts';
import { bodyFormOf, readMimeBody } from './message-body.ts';
import { readComposed, type MimeMessage } from './mime-message.ts';
import { parseFilter } from './message-filter.ts';
import { formatItem, itemOfDraft, itemOfSent, queryFault, type StoredItem } from './stored-item.ts';
import { submit } from './submission.ts';
import type { MailboxRequest, Tenant } from './tenant.ts';

const defaultTop = 10;

/** Makes a draft: 201 with the draft. */
export async function postMessage(
  tenant: Tenant,
  request: MailboxRequest,
): Promise<Answer | GraphFault> {
  const content = await readContent(tenant, request);
  if ('code' in content) return content;
  const draft: Draft = {
    id: tenant.identifiers.itemId(),
    mailbox: request.mailbox,
    createdAt: request.receivedAt,
    content,
    attachments: content.form === 'json' ? [...content.message.attachments] : [],
  };
  tenant.drafts.add(draft);
  return jsonAnswer(201, formatItem(itemOfDraft(draft), request.query));
}

/** The newest first. `$filter` knows internetMessageId, isDraft and single-value extended properties. */
export async function listMessages(
  tenant: Tenant,
  request: MailboxRequest,
): Promise<Answer | GraphFault> {
  const { query, mailbox } = request;
  const filter = query.has('$filter') ? parseFilter(query.get('$filter') ?? '') : () => true;
  const fault = queryFault(query);
  if (fault !== undefined) return fault;
  if (filter === undefined) {
    return { status: 400, code: 'BadRequest', message: 'Invalid filter clause.' };
  }
  const items = [
    ...tenant.drafts.of(mailbox).map(itemOfDraft),
    ...tenant.sent.sentItems(mailbox).map(itemOfSent),
  ].filter(filter);
  const top = Number(query.get('$top') ?? defaultTop);
  const skip = Number(query.get('$skip') ?? 0);
  const page = items.slice(skip, skip + top);
  return jsonAnswer(200, { value: page.map((item) => formatItem(item, query)) });
}

export async function getMessage(
  tenant: Tenant,
  request: MailboxRequest,
): Promise<Answer | GraphFault> {
  const fault = queryFault(request.query);
  if (fault !== undefined) return fault;
  const item = findItem(tenant, request);
  return item === undefined ? itemNotFound : jsonAnswer(200, formatItem(item, request.query));
}

export async function deleteMessage(
  tenant: Tenant,
  request: MailboxRequest,
): Promise<Answer | GraphFault> {
  const draft = findDraft(tenant, request);
  if (draft === undefined) return itemNotFound;
  tenant.drafts.remove(draft);
  return { status: 204 };
}

/** The draft is gone once it was sent; its copy in Sent Items has another id, unless ids are asked to be immutable. */
export async function sendDraft(
  tenant: Tenant,
  request: MailboxRequest,
): Promise<Answer | GraphFault> {
  await request.body.discard();
  const draft = findDraft(tenant, request);
  if (draft === undefined) return itemNotFound;
  const message = toMime(tenant, draft);
  if (message === undefined) return invalidMime;
  const { content, mailbox } = draft;
  const properties = content.form === 'json' ? content.message.properties : [];
  const isImmutable = /\bIdType="ImmutableId"/i.test(String(request.headers['prefer'] ?? ''));
  const kept = isImmutable && tenant.immutableIdsSurviveSend ? { id: draft.id } : {};
  const result = submit(tenant, { mailbox, message, inSentItems: true, properties, ...kept });
  if (!('code' in result)) tenant.drafts.remove(draft);
  return result;
}

/** The draft that the request's first id names. */
export function findDraft(tenant: Tenant, { mailbox, ids }: MailboxRequest): Draft | undefined {
  return tenant.drafts.find(mailbox, ids[0] ?? '');
}

function findItem(tenant: Tenant, request: MailboxRequest): StoredItem | undefined {
  const draft = findDraft(tenant, request);
  if (draft !== undefined) return itemOfDraft(draft);
  const sent = tenant.sent.sentItems(request.mailbox).find(({ id }) => id === request.ids[0]);
  return sent && itemOfSent(sent);
}

async function readContent(
  tenant: Tenant,
  request: MailboxRequest,
): Promise<DraftContent | GraphFault> {
  switch (bodyFormOf(request)) {
    case 'mime': {
      const message = await readMimeBody(request);
      return 'code' in message ? message : { form: 'mime', message };
    }
    case 'json': {
      const parsed = parseJson(await request.body.bytes(), readJsonMessage);
      if ('fault' in parsed) return parsed.fault;
      const message = parsed.value;
      const internetMessageId =
        message.internetMessageId ?? `<${tenant.identifiers.guid()}@sandbox.invalid>`;
      return headersFault(message) ?? { form: 'json', message: { ...message, internetMessageId } };
    }
    case undefined:
      return unknownMediaType;
  }
}

function toMime(tenant: Tenant, draft: Draft): MimeMessage | undefined {
  const { content, mailbox, attachments } = draft;
  if (content.form === 'mime') return content.message;
  const { now, identifiers } = tenant;
  return readComposed(
    composeMime(content.message, { mailbox, attachments, now: now(), identifiers }),
  );
}
