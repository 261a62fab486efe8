// The part of the API that shows messages, and does with them what an operator asks for.
import type { Context, Hono } from 'hono';
import { parseAddress, type Address } from '../core/address.ts';
import type {
  Content,
  DeliveryFilter,
  Events,
  QueueAction,
  RerouteOptions,
} from '../relay/ports.ts';
import type { AdminSource } from './admin-source.ts';
import {
  describeFilter,
  fieldsOfJson,
  fieldsOfQuery,
  filterNames,
  toFilter,
} from './delivery-filter.ts';
import { toDeliveryJson, toMessageJson, toRerouteJson } from './message-json.ts';
import { readPage } from './paging.ts';
import { notFound, problemResponse } from './problem.ts';
import { isRecord, readJson } from './read-json.ts';

export interface MessagesApiOptions extends Pick<AdminSource, 'store' | 'operator'> {
  readonly events: Pick<Events, 'operatorActed'>;
  /** How the one who asks has shown that he may. */
  readonly who: (c: Context) => string;
}

const maxRecipients = 500;
const queryNames: ReadonlySet<string> = new Set([...filterNames, 'limit', 'before']);

export function addMessages(api: Hono, options: MessagesApiOptions): void {
  const { store } = options;
  api.get('/messages', async (c) => {
    const page = readPage(c);
    const unknown = Object.keys(c.req.query()).find((name) => !queryNames.has(name));
    if (unknown !== undefined) return badRequest(c, `There is no filter "${unknown}"`);
    const filter = toFilter(fieldsOfQuery((name) => c.req.query(name)));
    if (typeof page === 'string') return badRequest(c, page);
    if (typeof filter === 'string') return badRequest(c, filter);
    const { deliveries, next } = await store.list({ ...filter, ...page });
    return c.json({
      messages: deliveries.map(toDeliveryJson),
      ...(next !== undefined && { next }),
    });
  });
  api.get('/messages/:id', async (c) => {
    const record = await store.find(c.req.param('id'));
    return record ? c.json(toMessageJson(record)) : notFound(c);
  });
  api.get('/messages/:id/raw', async (c) => {
    const record = await store.find(c.req.param('id'));
    if (!record) return notFound(c);
    return record.content ? sendRaw(c, record.message.id, record.content) : bodyGone(c);
  });
  api.delete('/messages/:id', (c) => actOnOne(c, 'remove', options));
  for (const action of ['retry', 'hold', 'release', 'remove'] as const) {
    api.post(`/messages/${action}`, (c) => actOnMany(c, action, options));
    if (action !== 'remove') {
      api.post(`/messages/:id/${action}`, (c) => actOnOne(c, action, options));
    }
  }
  api.post('/messages/reroute', (c) => rerouteMany(c, options));
  api.post('/messages/:id/reroute', (c) => rerouteOne(c, options));
  api.post('/messages/:id/resend', (c) => resend(c, options));
}

function sendRaw(c: Context, id: string, content: Content): Response {
  return c.body(streamOf(content), 200, {
    'Content-Type': 'message/rfc822',
    'Content-Length': String(content.sizeBytes),
    'Content-Disposition': `attachment; filename="${id.replaceAll(/[^\w-]/g, '_')}.eml"`,
  });
}

/** One piece for each that is asked for, so that memory does not grow with the message. */
function streamOf(content: Content): ReadableStream<Uint8Array> {
  const pieces = content.read()[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await pieces.next();
      if (next.done === true) controller.close();
      // A piece is valid until the next one only.
      else controller.enqueue(Uint8Array.from(next.value));
    },
    async cancel() {
      await pieces.return?.();
    },
  });
}

async function actOnOne(
  c: Context,
  action: QueueAction['kind'],
  { store, operator, events, who }: MessagesApiOptions,
): Promise<Response> {
  const id = c.req.param('id') ?? '';
  const deliveries = await operator.act(action, { ids: [id] });
  if (deliveries > 0) {
    events.operatorActed({ by: who(c), action, what: describeFilter({ ids: [id] }), deliveries });
    return c.json({ deliveries });
  }
  const record = await store.find(id);
  if (!record) return notFound(c);
  const states = [...new Set(record.deliveries.map(({ state }) => state))].join(', ');
  return problemResponse(c, {
    status: 409,
    title: 'Nothing to do',
    detail: `To ${action} it would change nothing: it is ${states}`,
  });
}

async function actOnMany(
  c: Context,
  action: QueueAction['kind'],
  { operator, events, who }: MessagesApiOptions,
): Promise<Response> {
  const asked = await readMany(c);
  if (typeof asked === 'string') return badRequest(c, asked);
  const deliveries = await operator.act(action, asked.filter);
  events.operatorActed({ by: who(c), action, what: describeFilter(asked.filter), deliveries });
  return c.json({ deliveries });
}

async function rerouteMany(c: Context, options: MessagesApiOptions): Promise<Response> {
  const asked = await readMany(c);
  return typeof asked === 'string' ? badRequest(c, asked) : reroute(c, asked, options);
}

async function rerouteOne(c: Context, options: MessagesApiOptions): Promise<Response> {
  const body = await readJson(c);
  const choices = body && readChoices(body);
  if (!choices) return badRequest(c, badChoices);
  const id = c.req.param('id') ?? '';
  if (!(await options.store.find(id))) return notFound(c);
  return await reroute(c, { filter: { ids: [id] }, ...choices }, options);
}

async function reroute(
  c: Context,
  { filter, dryRun, force }: Asked,
  { operator, events, who }: MessagesApiOptions,
): Promise<Response> {
  const report = await operator.reroute(filter, { dryRun, force });
  if (!dryRun) {
    const what = describeFilter(filter);
    const deliveries = report.counts.rerouted;
    events.operatorActed({ by: who(c), action: 'reroute', what, deliveries });
  }
  return c.json(toRerouteJson(report));
}

async function resend(
  c: Context,
  { store, operator, events, who }: MessagesApiOptions,
): Promise<Response> {
  const to = readRecipients(await readJson(c));
  if (!to) return badRequest(c, `"to" must be a list of 1 to ${maxRecipients} e-mail addresses`);
  const id = c.req.param('id') ?? '';
  const acceptance = await operator.resend(id, to);
  if (!acceptance) return (await store.find(id)) ? bodyGone(c) : notFound(c);
  if (acceptance.kind !== 'accepted') {
    const { status, diagnostic } = acceptance;
    return problemResponse(c, {
      status: acceptance.kind === 'failed' ? 422 : 503,
      title: 'Not accepted',
      detail: `${status}: ${diagnostic}`,
    });
  }
  const { isDropped = false } = acceptance;
  const what = `ids ${id} to ${to.join(' ')} as ${acceptance.id}`;
  events.operatorActed({ by: who(c), action: 'resend', what, deliveries: isDropped ? 0 : 1 });
  if (isDropped)
    return problemResponse(c, { status: 422, title: 'Dropped', detail: resendDropped });
  return c.json({ id: acceptance.id }, 201);
}

export const resendDropped =
  'By the configuration of today it was dropped for these recipients, and nothing is sent: see its routes, and "sending"';

interface Asked extends RerouteOptions {
  readonly filter: DeliveryFilter;
}

const badMany =
  'Send {"ids": ["…"]}, {"filter": {"state": "failed", …}} or, for everything there is, {"all": true}';
const badChoices = 'The body may have "dryRun" and "force", each true or false';

/** What an action on many is for: nothing narrows it by mistake, and nothing widens it. */
async function readMany(c: Context): Promise<Asked | string> {
  const body = await readJson(c);
  if (!body) return badMany;
  const { ids, filter, all, ...rest } = body;
  const choices = readChoices(rest);
  if (!choices) return badChoices;
  if ([ids, filter, all].filter((given) => given !== undefined).length !== 1) return badMany;
  if (all !== undefined) return all === true ? { filter: {}, ...choices } : badMany;
  if (ids !== undefined) {
    return isTexts(ids) && ids.length > 0 ? { filter: { ids }, ...choices } : badMany;
  }
  const fields = isRecord(filter) ? fieldsOfJson(filter) : undefined;
  if (!fields || Object.keys(fields).length === 0) return badMany;
  const meant = toFilter(fields);
  return typeof meant === 'string' ? meant : { filter: meant, ...choices };
}

function readChoices(body: Readonly<Record<string, unknown>>): RerouteOptions | undefined {
  const { dryRun = false, force = false, ...rest } = body;
  if (typeof dryRun !== 'boolean' || typeof force !== 'boolean') return undefined;
  return Object.keys(rest).length === 0 ? { dryRun, force } : undefined;
}

function readRecipients(
  body: Readonly<Record<string, unknown>> | undefined,
): readonly Address[] | undefined {
  const to = body?.['to'];
  if (!isTexts(to) || to.length === 0 || to.length > maxRecipients) return undefined;
  const addresses = to.map(parseAddress);
  return addresses.every((address) => address !== undefined) ? addresses : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');
}

function badRequest(c: Context, detail: string): Response {
  return problemResponse(c, { status: 400, title: 'Bad request', detail });
}

function bodyGone(c: Context): Response {
  const detail = 'The body of this message is not kept any more (queue.keep)';
  return problemResponse(c, { status: 409, title: 'Body gone', detail });
}
