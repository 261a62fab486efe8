// What Microsoft Graph takes of the requests that the gateway makes: a description of our own in the form of OpenAPI, by the
// reference pages "user: sendMail", "Create message", "Add attachment", "attachment: createUploadSession", "message: send",
// "Delete message", "List messages" and "Get message". Names that stand in none of them are refused.
import type { ApiDescription, Node } from './openapi.ts';

const text = { type: 'string' };
const flag = { type: 'boolean' };
const base64 = {
  type: 'string',
  pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
};

function object(properties: Node, ...required: readonly string[]): Node {
  return { type: 'object', properties, required };
}

function listOf(items: Node): Node {
  return { type: 'array', items };
}

const recipient = object(
  {
    emailAddress: object(
      { name: text, address: { type: 'string', pattern: '^[^\\s<>]+@[^\\s<>]+$' } },
      'address',
    ),
  },
  'emailAddress',
);

/** "Headers that begin with x- alone", five of them at most. */
const header = object(
  { name: { type: 'string', pattern: '^[xX]-[!-9;-~]+$' }, value: text },
  'name',
  'value',
);

/** "String {GUID} Name name" or "String 0xTag". */
const extendedProperty = object(
  {
    id: {
      type: 'string',
      pattern: '^String (?:\\{[0-9a-fA-F-]{36}\\} Name [!-9;-~]+|0x[0-9A-Fa-f]{1,4})$',
    },
    value: text,
  },
  'id',
  'value',
);

const attachmentFacts = { name: text, contentType: text, isInline: flag, contentId: text };

const fileAttachment = object(
  {
    '@odata.type': { enum: ['#microsoft.graph.fileAttachment'] },
    ...attachmentFacts,
    contentBytes: base64,
  },
  '@odata.type',
  'name',
  'contentBytes',
);

const messageFacts = {
  subject: text,
  body: object(
    { contentType: { enum: ['text', 'html'] }, content: text },
    'contentType',
    'content',
  ),
  from: recipient,
  toRecipients: listOf(recipient),
  ccRecipients: listOf(recipient),
  bccRecipients: listOf(recipient),
  replyTo: listOf(recipient),
  importance: { enum: ['low', 'normal', 'high'] },
  isReadReceiptRequested: flag,
  isDeliveryReceiptRequested: flag,
  internetMessageId: { type: 'string', pattern: '^<[^<>]+>$' },
  internetMessageHeaders: { ...listOf(header), maxItems: 5 },
  singleValueExtendedProperties: listOf(extendedProperty),
};

const attachmentItem = object(
  { attachmentType: { enum: ['file'] }, size: { type: 'integer' }, ...attachmentFacts },
  'attachmentType',
  'name',
  'size',
);

/** So that an id outlives the move to Sent Items. */
const immutableId = {
  name: 'prefer',
  in: 'header',
  required: true,
  schema: { pattern: '^IdType="ImmutableId"$' },
};
const none = { schema: { pattern: '^$' } };

function json(schema: Node, ...parameters: readonly Node[]): Node {
  return { requestBody: { content: { 'application/json': { schema } } }, parameters };
}

function query(name: string, pattern: string, required = false): Node {
  return { name, in: 'query', required, schema: { pattern } };
}

/** What is no JSON is described by the text that it is. */
const sendMail = {
  requestBody: {
    content: {
      'text/plain': { schema: base64 },
      'application/json': {
        schema: object(
          {
            Message: object({ ...messageFacts, attachments: listOf(fileAttachment) }, 'body'),
            SaveToSentItems: flag,
          },
          'Message',
        ),
      },
    },
  },
};

const paths = {
  '/users/{user}/sendMail': { post: sendMail },
  '/users/{user}/messages': {
    post: json(object(messageFacts, 'body'), immutableId),
    get: {
      parameters: [
        immutableId,
        query(
          '$filter',
          "^(?:internetMessageId eq '(?:[^']|'')+'|singleValueExtendedProperties/any\\(p: p/id eq '[^']+' and p/value eq '(?:[^']|'')+'\\))$",
          true,
        ),
        query('$select', '^[A-Za-z]+(?:,[A-Za-z]+)*$'),
        query('$top', '^(?:[1-9]\\d{0,2}|1000)$'),
        query('$skip', '^\\d+$'),
      ],
    },
  },
  '/users/{user}/messages/{message}': {
    get: { parameters: [immutableId, query('$select', '^[A-Za-z]+(?:,[A-Za-z]+)*$')] },
    delete: { parameters: [immutableId] },
  },
  '/users/{user}/messages/{message}/attachments': { post: json(fileAttachment, immutableId) },
  '/users/{user}/messages/{message}/attachments/createUploadSession': {
    post: json(object({ AttachmentItem: attachmentItem }, 'AttachmentItem'), immutableId),
  },
  '/users/{user}/messages/{message}/send': { post: { parameters: [immutableId] } },
  // The URL that an upload session gives: nothing of it is ours, and it gets no token.
  '/{uploadUrl}': {
    put: {
      requestBody: { content: { 'application/octet-stream': {} } },
      parameters: [
        {
          name: 'content-range',
          in: 'header',
          required: true,
          schema: { pattern: '^bytes \\d+-\\d+/\\d+$' },
        },
        { name: 'authorization', in: 'header', ...none },
      ],
    },
    get: { parameters: [{ name: 'authorization', in: 'header', ...none }] },
  },
};

export const graphShapes: ApiDescription = { paths };
