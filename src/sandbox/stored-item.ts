// Drafts and sent messages as Graph shows them: one shape for both, cut down by $select and widened by $expand.
import type { GraphFault } from './answer.ts';
import { decodeWords } from './encoded-word.ts';
import type { Draft } from './drafts.ts';
import type { ExtendedProperty, JsonMailbox, JsonMessage } from './json-message.ts';
import { sameProperty, unquote } from './message-filter.ts';
import { valueOf } from './mime-message.ts';
import type { SentMessage } from './sent-messages.ts';

export interface StoredItem {
  readonly id: string;
  readonly isDraft: boolean;
  /** Epoch ms of its making. */
  readonly createdAt: number;
  readonly internetMessageId: string;
  readonly subject: string;
  /** Of JSON drafts alone. */
  readonly body?: JsonMessage['body'];
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly hasAttachments: boolean;
  readonly properties: readonly ExtendedProperty[];
}

export function itemOfDraft({ id, createdAt, content, attachments }: Draft): StoredItem {
  const common = { id, isDraft: true, createdAt, hasAttachments: attachments.length > 0 };
  if (content.form === 'mime') {
    return { ...common, ...partsOfMime(content.message), properties: [] };
  }
  const { message } = content;
  return {
    ...common,
    internetMessageId: message.internetMessageId ?? '',
    subject: message.subject,
    body: message.body,
    from: message.from === undefined ? [] : [message.from.address],
    to: addressesOf(message.to),
    cc: addressesOf(message.cc),
    bcc: addressesOf(message.bcc),
    properties: message.properties,
  };
}

export function itemOfSent({ id, sentAt, message, properties }: SentMessage): StoredItem {
  const hasAttachments = /^multipart\/mixed/i.test(valueOf(message.fields, 'content-type'));
  return {
    id,
    isDraft: false,
    createdAt: sentAt,
    hasAttachments,
    ...partsOfMime(message),
    properties,
  };
}

function addressesOf(mailboxes: readonly JsonMailbox[]): readonly string[] {
  return mailboxes.map(({ address }) => address);
}

function partsOfMime({ fields, from, to, cc, bcc, messageId }: SentMessage['message']) {
  return {
    internetMessageId: messageId,
    subject: decodeWords(valueOf(fields, 'subject')),
    from: from.map(({ address }) => address),
    to,
    cc,
    bcc,
  };
}

/** The JSON of an item, with what $select and $expand ask for. */
export function formatItem(item: StoredItem, query: URLSearchParams): Record<string, unknown> {
  const all: Record<string, unknown> = {
    id: item.id,
    createdDateTime: new Date(item.createdAt).toISOString(),
    sentDateTime: new Date(item.createdAt).toISOString(),
    isDraft: item.isDraft,
    internetMessageId: item.internetMessageId,
    subject: item.subject,
    ...(item.body && { body: item.body }),
    hasAttachments: item.hasAttachments,
    from: formatRecipients(item.from)[0] ?? null,
    toRecipients: formatRecipients(item.to),
    ccRecipients: formatRecipients(item.cc),
    bccRecipients: formatRecipients(item.bcc),
  };
  const selected = query.get('$select')?.split(',');
  const shown =
    selected === undefined
      ? all
      : Object.fromEntries(['id', ...selected].map((name) => [name, all[name]]));
  const expanded = expandedProperties(item, query);
  return expanded === undefined ? shown : { ...shown, singleValueExtendedProperties: expanded };
}

const knownOptions = ['$filter', '$select', '$expand', '$top', '$skip'];

/** Query options that the sandbox does not know are refused, not passed over. */
export function queryFault(query: URLSearchParams): GraphFault | undefined {
  const unknown = [...query.keys()].find((name) => !knownOptions.includes(name));
  if (unknown === undefined) return undefined;
  return { status: 400, code: 'BadRequest', message: `Unknown query option '${unknown}'.` };
}

function expandedProperties(
  item: StoredItem,
  query: URLSearchParams,
): readonly ExtendedProperty[] | undefined {
  const expand = /^singleValueExtendedProperties\(\$filter=id eq '((?:[^']|'')*)'\)$/.exec(
    query.get('$expand') ?? '',
  );
  if (expand?.[1] === undefined) return undefined;
  const id = unquote(expand[1]);
  const found = item.properties.filter((property) => sameProperty(property.id, id));
  return found.length === 0 ? undefined : found;
}

function formatRecipients(addresses: readonly string[]) {
  return addresses.map((address) => ({ emailAddress: { name: address, address } }));
}
