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
import { bodiesHidden, mayReadBodies } from './body-access.ts';
import { describeFilter, givenFields, toFilter } from './delivery-filter.ts';
import { toDeliveryJson, toMessageJson, toRerouteJson } from './message-json.ts';
import { notFound, problemResponse } from './problem.ts';
import { badRequest, serveRoute } from './route.ts';
import * as routes from './routes.ts';
import type { Many } from './schema/filter.ts';

export interface MessagesApiOptions extends Pick<AdminSource, 'store' | 'operator' | 'showBodies'> {
  readonly events: Pick<Events, 'operatorActed'>;
  /** How the one who asks has shown that he may. */
  readonly who: (c: Context) => string;
}

export function addMessages(api: Hono, options: MessagesApiOptions): void {
  addReading(api, options);
  addActions(api, options);
  addRerouting(api, options);
  serveRoute(api, routes.postResend, ({ c, id, body }) =>
    resend(c, { ...options, id, to: body.to }),
  );
}

function addReading(api: Hono, options: MessagesApiOptions): void {
  const { store, events, who } = options;
  serveRoute(api, routes.getMessages, async ({ c, query }) => {
    const { limit, before, ...fields } = query;
    const filter = toFilter(givenFields(fields));
    if (typeof filter === 'string') return badRequest(c, filter);
    const page = { limit, ...(before !== undefined && { before }) };
    const { deliveries, next } = await store.list({ ...filter, ...page });
    return { messages: deliveries.map(toDeliveryJson), ...(next !== undefined && { next }) };
  });
  serveRoute(api, routes.getMessage, async ({ c, id }) => {
    const record = await store.find(id);
    return record ? toMessageJson(record) : notFound(c);
  });
  serveRoute(api, routes.getRawMessage, async ({ c, id }) => {
    if (!mayReadBodies(c, options)) return bodyHidden(c);
    const record = await store.find(id);
    if (!record) return notFound(c);
    if (!record.content) return bodyGone(c);
    const what = describeFilter({ ids: [record.message.id] });
    events.operatorActed({ by: who(c), action: 'export', what, deliveries: 0 });
    return sendRaw(c, record.message.id, record.content);
  });
}

/** Those on many come first: `/messages/retry` is not the message "retry". */
function addActions(api: Hono, options: MessagesApiOptions): void {
  for (const action of ['retry', 'hold', 'release', 'remove'] as const) {
    serveRoute(api, routes.postActionOnMany[action], async ({ c, body }) => {
      const filter = filterOf(body);
      return typeof filter === 'string'
        ? badRequest(c, filter)
        : await actOnMany(c, { ...options, action, filter });
    });
  }
  for (const action of ['retry', 'hold', 'release'] as const) {
    serveRoute(api, routes.postAction[action], ({ c, id }) =>
      actOnOne(c, { ...options, action, id }),
    );
  }
  serveRoute(api, routes.deleteMessage, ({ c, id }) =>
    actOnOne(c, { ...options, action: 'remove', id }),
  );
}

function addRerouting(api: Hono, options: MessagesApiOptions): void {
  serveRoute(api, routes.postRerouteMany, async ({ c, body }) => {
    const filter = filterOf(body);
    return typeof filter === 'string'
      ? badRequest(c, filter)
      : await reroute(c, { filter, ...choicesOf(body) }, options);
  });
  serveRoute(api, routes.postReroute, async ({ c, id, body }) => {
    if (!(await options.store.find(id))) return notFound(c);
    return await reroute(c, { filter: { ids: [id] }, ...choicesOf(body) }, options);
  });
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

interface Deed extends MessagesApiOptions {
  readonly action: QueueAction['kind'];
}

async function actOnOne(
  c: Context,
  { action, id, store, operator, events, who }: Deed & { readonly id: string },
) {
  const deliveries = await operator.act(action, { ids: [id] });
  if (deliveries > 0) {
    events.operatorActed({ by: who(c), action, what: describeFilter({ ids: [id] }), deliveries });
    return { deliveries };
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
  { action, filter, operator, events, who }: Deed & { readonly filter: DeliveryFilter },
) {
  const deliveries = await operator.act(action, filter);
  events.operatorActed({ by: who(c), action, what: describeFilter(filter), deliveries });
  return { deliveries };
}

async function reroute(
  c: Context,
  { filter, dryRun, force }: RerouteOptions & { readonly filter: DeliveryFilter },
  { operator, events, who }: MessagesApiOptions,
) {
  const report = await operator.reroute(filter, { dryRun, force });
  if (!dryRun) {
    const what = describeFilter(filter);
    const deliveries = report.counts.rerouted;
    events.operatorActed({ by: who(c), action: 'reroute', what, deliveries });
  }
  return toRerouteJson(report);
}

interface Resending extends MessagesApiOptions {
  readonly id: string;
  readonly to: readonly string[];
}

async function resend(c: Context, { id, to, store, operator, events, who }: Resending) {
  const addresses = readAddresses(to);
  if (!addresses) return badRequest(c, routes.postResend.body?.expects ?? '');
  const acceptance = await operator.resend(id, addresses);
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
  const what = `ids ${id} to ${addresses.join(' ')} as ${acceptance.id}`;
  events.operatorActed({ by: who(c), action: 'resend', what, deliveries: isDropped ? 0 : 1 });
  if (!isDropped) return { id: acceptance.id };
  return problemResponse(c, { status: 422, title: 'Dropped', detail: resendDropped });
}

export const resendDropped =
  'By the configuration of today it was dropped for these recipients, and nothing is sent: see its routes, and "sending"';

/** Returns a sentence for people where a time makes no sense. */
function filterOf(asked: Many): DeliveryFilter | string {
  if ('ids' in asked) return { ids: asked.ids };
  return 'filter' in asked ? toFilter(givenFields(asked.filter)) : {};
}

function choicesOf({
  dryRun = false,
  force = false,
}: Pick<Many, 'dryRun' | 'force'>): RerouteOptions {
  return { dryRun, force };
}

/** Undefined where one of them is no address. */
function readAddresses(texts: readonly string[]): readonly Address[] | undefined {
  const addresses = texts.map(parseAddress);
  return addresses.every((address) => address !== undefined) ? addresses : undefined;
}

function bodyHidden(c: Context): Response {
  return problemResponse(c, { status: 403, title: 'Not shown', detail: bodiesHidden });
}

function bodyGone(c: Context): Response {
  const detail = 'The body of this message is not kept any more (queue.keep)';
  return problemResponse(c, { status: 409, title: 'Body gone', detail });
}
