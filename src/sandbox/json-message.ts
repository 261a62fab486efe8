// The JSON form of a message: only the properties of Graph's schema that a client may set, each of its type.
import type { GraphFault } from './answer.ts';
import { decodeBase64 } from './base64.ts';
import { readObject, ShapeError, type JsonFields, type Read } from './json-fields.ts';

/** A single-value extended property: MAPI's name for it, and its value. */
export interface ExtendedProperty {
  readonly id: string;
  readonly value: string;
}

export interface JsonMailbox {
  readonly address: string;
  readonly name: string | undefined;
}

export interface FileAttachment {
  readonly name: string;
  readonly contentType: string | undefined;
  readonly contentId: string | undefined;
  readonly isInline: boolean;
  readonly content: Buffer;
}

export interface JsonMessage {
  readonly subject: string;
  readonly body: { readonly contentType: 'text' | 'html'; readonly content: string };
  readonly from: JsonMailbox | undefined;
  readonly to: readonly JsonMailbox[];
  readonly cc: readonly JsonMailbox[];
  readonly bcc: readonly JsonMailbox[];
  readonly replyTo: readonly JsonMailbox[];
  readonly importance: 'low' | 'normal' | 'high' | undefined;
  /** With its angle brackets. */
  readonly internetMessageId: string | undefined;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly properties: readonly ExtendedProperty[];
  readonly attachments: readonly FileAttachment[];
}

/** Graph takes few header fields by name, and only those named X-. */
const maxHeaders = 5;
const extensionName = /^x-[\x21-\x39\x3b-\x7e]+$/i;

/** Reads a message. Throws `ShapeError`. */
export function readJsonMessage(value: unknown, path: string): JsonMessage {
  return readObject(value, path, (fields) => {
    readType(fields, '#microsoft.graph.message');
    // Exchange sets the sender itself.
    fields.one('sender', readRecipient);
    fields.flag('isDeliveryReceiptRequested');
    fields.flag('isReadReceiptRequested');
    return {
      subject: fields.line('subject') ?? '',
      body: fields.one('body', readBody) ?? { contentType: 'text', content: '' },
      from: fields.one('from', readRecipient),
      to: fields.list('toRecipients', readRecipient),
      cc: fields.list('ccRecipients', readRecipient),
      bcc: fields.list('bccRecipients', readRecipient),
      replyTo: fields.list('replyTo', readRecipient),
      importance: fields.word('importance', ['low', 'normal', 'high']),
      internetMessageId: fields.line('internetMessageId'),
      headers: fields.list('internetMessageHeaders', readHeader),
      properties: fields.list('singleValueExtendedProperties', readProperty),
      attachments: fields.list('attachments', readAttachment),
    };
  });
}

/** Reads a file attachment. Throws `ShapeError`. */
export function readAttachment(value: unknown, path: string): FileAttachment {
  return readObject(value, path, (fields) => {
    fields.required('@odata.type', readType(fields, '#microsoft.graph.fileAttachment'));
    const content = decodeBase64(fields.required('contentBytes', fields.text('contentBytes')));
    if (content === undefined) throw new ShapeError(`${path}.contentBytes`, 'is no base64');
    return { ...readFileFacts(fields), content };
  });
}

/** What attachments and upload sessions say of their file. Throws `ShapeError`. */
export function readFileFacts(fields: JsonFields): Omit<FileAttachment, 'content'> {
  return {
    name: fields.requiredLine('name'),
    contentType: fields.line('contentType'),
    contentId: fields.line('contentId'),
    isInline: fields.flag('isInline') ?? false,
  };
}

/** What the header fields of a message break of Graph's rules. */
export function headersFault({ headers }: JsonMessage): GraphFault | undefined {
  if (headers.length > maxHeaders) {
    return {
      status: 400,
      code: 'InvalidInternetMessageHeaderCollection',
      message: `Maximum number of headers in one message should be less than or equal to ${maxHeaders}.`,
    };
  }
  const wrong = headers.find(({ name }) => !extensionName.test(name));
  if (wrong === undefined) return undefined;
  return {
    status: 400,
    code: 'InvalidInternetMessageHeader',
    message: `The internet message header name '${wrong.name}' should start with 'x-' or 'X-'.`,
  };
}

export type ParsedJson<Value> = { readonly value: Value } | { readonly fault: GraphFault };

/** Parses the body of a request; what does not fit `read` is a fault. */
export function parseJson<Value>(body: Buffer, read: Read<Value>): ParsedJson<Value> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return { value: read(value, '') };
  } catch (error) {
    const isShape = error instanceof ShapeError;
    const code = isShape ? 'RequestBodyRead' : 'BadRequest';
    const message = isShape ? error.message : 'Unable to read JSON request payload.';
    return { fault: { status: 400, code, message } };
  }
}

function readRecipient(value: unknown, path: string): JsonMailbox {
  return readObject(value, path, (recipient) =>
    recipient.required(
      'emailAddress',
      recipient.one('emailAddress', (mailbox, at) =>
        readObject(mailbox, at, (fields) => ({
          address: fields.requiredLine('address'),
          name: fields.line('name'),
        })),
      ),
    ),
  );
}

function readBody(value: unknown, path: string): JsonMessage['body'] {
  return readObject(value, path, (fields) => ({
    contentType: fields.word('contentType', ['text', 'html']) ?? 'text',
    content: fields.text('content') ?? '',
  }));
}

function readHeader(value: unknown, path: string): JsonMessage['headers'][number] {
  return readObject(value, path, (fields) => ({
    name: fields.requiredLine('name'),
    value: fields.line('value') ?? '',
  }));
}

function readProperty(value: unknown, path: string): ExtendedProperty {
  return readObject(value, path, (fields) => ({
    id: fields.requiredLine('id'),
    value: fields.line('value') ?? '',
  }));
}

function readType(fields: JsonFields, type: string): string | undefined {
  const found = fields.text('@odata.type');
  if (found === undefined || found === type) return found;
  throw new ShapeError('@odata.type', `is not ${type}`);
}
