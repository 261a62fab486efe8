// POST /users/{user}/sendMail, in its MIME and its JSON form.
import type { Answer, GraphFault } from './answer.ts';
import { composeMime } from './compose.ts';
import { invalidMime, unknownMediaType } from './graph-faults.ts';
import { readObject } from './json-fields.ts';
import { headersFault, parseJson, readJsonMessage, type JsonMessage } from './json-message.ts';
import { bodyFormOf, readMimeBody } from './message-body.ts';
import { readComposed } from './mime-message.ts';
import { submit } from './submission.ts';
import type { MailboxRequest, Tenant } from './tenant.ts';

export async function sendMail(
  tenant: Tenant,
  request: MailboxRequest,
): Promise<Answer | GraphFault> {
  switch (bodyFormOf(request)) {
    case 'mime':
      return sendMime(tenant, request);
    case 'json':
      return sendJson(tenant, request);
    case undefined:
      return unknownMediaType;
  }
}

/** A MIME message always leaves a copy in Sent Items: nothing in the request can say otherwise. */
async function sendMime(tenant: Tenant, request: MailboxRequest): Promise<Answer | GraphFault> {
  const message = await readMimeBody(request);
  if ('code' in message) return message;
  return submit(tenant, { mailbox: request.mailbox, message, inSentItems: true, properties: [] });
}

async function sendJson(tenant: Tenant, request: MailboxRequest): Promise<Answer | GraphFault> {
  const { mailbox, receivedAt: now, body } = request;
  const parsed = parseJson(await body.bytes(), readParameters);
  if ('fault' in parsed) return parsed.fault;
  const { message: json, saveToSentItems } = parsed.value;
  const fault = headersFault(json);
  if (fault !== undefined) return fault;
  const { identifiers } = tenant;
  const { attachments, properties } = json;
  const message = readComposed(composeMime(json, { mailbox, attachments, now, identifiers }));
  if (message === undefined) return invalidMime;
  return submit(tenant, { mailbox, message, inSentItems: saveToSentItems, properties });
}

/** The schema writes the names with a capital letter, the documentation without: both work. */
function readParameters(
  value: unknown,
  path: string,
): { readonly message: JsonMessage; readonly saveToSentItems: boolean } {
  return readObject(value, path, (fields) => ({
    message: fields.required(
      'message',
      fields.one('message', readJsonMessage) ?? fields.one('Message', readJsonMessage),
    ),
    saveToSentItems: fields.flag('saveToSentItems') ?? fields.flag('SaveToSentItems') ?? true,
  }));
}
