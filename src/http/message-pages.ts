// The pages of one message in the queue, and the forms on them.
import type { Context, Hono } from 'hono';
import { parseAddress } from '../core/address.ts';
import { describeFilter } from './delivery-filter.ts';
import { resendDropped, type MessagesApiOptions } from './messages-api.ts';
import { noticePage } from './page/notice.ts';
import { bodiesHidden, mayReadBodies } from './body-access.ts';
import { messageSourceMain, readSource } from './page/message-source.ts';
import { framed, type Frame } from './page/frame.ts';
import { queuedMessageMain } from './page/queued-message.ts';
import { rerouteMain } from './page/reroute.ts';
import { readText } from './read-text.ts';
import type { AdminSource } from './admin-source.ts';
import { pageActions, type PageAction } from './page/delivery-actions.ts';

export interface MessagePagesOptions extends MessagesApiOptions, Pick<AdminSource, 'clock'> {
  readonly frameOf: (c: Context) => Frame;
}

const maxFormBytes = 4_096;

/** What is said after each action, where it changed something. */
const doneWords: Readonly<Record<PageAction, string>> = {
  retry: 'It is tried now.',
  hold: 'It is held until somebody releases it.',
  release: 'It is released.',
  remove: 'It is deleted.',
  reroute: 'It was routed by the rules of today.',
};
const resent = 'This is the new message.';
const nothingDone = 'Nothing changed: its state was another by then.';

export function addMessagePages(app: Hono, options: MessagePagesOptions): void {
  const { store, operator, clock, frameOf } = options;
  app.get('/messages/:id', async (c) => {
    const record = await store.find(c.req.param('id'));
    if (!record) return c.notFound();
    const done = doneText(c.req.query('done'));
    const mayRead = mayReadBodies(c, options);
    const main = queuedMessageMain(record, { now: clock.now(), mayRead, ...(done && { done }) });
    const title = record.message.subject || 'No subject';
    return c.html(framed(frameOf(c), { title, entry: '/messages', main, isLive: true }));
  });
  app.get('/messages/:id/source', (c) => showSource(c, options));
  app.get('/messages/:id/reroute', async (c) => {
    const record = await store.find(c.req.param('id'));
    const id = c.req.query('delivery') ?? '';
    const delivery = record?.deliveries.find((one) => one.id === id);
    if (!delivery) return c.notFound();
    const report = await operator.reroute({ ids: [id] }, { dryRun: true, force: false });
    const main = rerouteMain(delivery, report.reroutings[0]);
    return c.html(framed(frameOf(c), { title: 'Re-route', entry: '/messages', main }));
  });
  app.post('/messages/:id', async (c) => {
    const form = new URLSearchParams(await readText(c, maxFormBytes));
    const [action, delivery] = [readAction(form.get('action')), form.get('delivery') ?? ''];
    if (!action || delivery === '') return refuse(c);
    const deliveries = await act(action, delivery, options);
    const what = describeFilter({ ids: [delivery] });
    options.events.operatorActed({ by: options.who(c), action, what, deliveries });
    return await leadOn(c, { action, deliveries, store });
  });
  app.post('/messages/:id/resend', (c) => resend(c, options));
}

async function showSource(c: Context, options: MessagePagesOptions): Promise<Response> {
  const { store, events, who, frameOf } = options;
  if (!mayReadBodies(c, options)) {
    return await c.html(noticePage({ title: 'Not shown', detail: bodiesHidden }), 403);
  }
  const record = await store.find(c.req.param('id') ?? '');
  const source = record && (await readSource(record));
  if (!source) return await c.notFound();
  const what = describeFilter({ ids: [record.message.id] });
  events.operatorActed({ by: who(c), action: 'read', what, deliveries: 0 });
  const main = messageSourceMain(record, source);
  return await c.html(framed(frameOf(c), { title: 'Source', entry: '/messages', main }));
}

/** Leads to the new message. */
async function resend(
  c: Context,
  { operator, events, who }: MessagePagesOptions,
): Promise<Response> {
  const form = new URLSearchParams(await readText(c, maxFormBytes));
  const to = (form.get('to') ?? '').split(/[\s,;]+/).filter((text) => text !== '');
  const addresses = to.map(parseAddress).filter((address) => address !== undefined);
  if (to.length === 0 || addresses.length < to.length) {
    return refuse(c, 'These are not e-mail addresses, separated by commas');
  }
  const id = c.req.param('id') ?? '';
  const acceptance = await operator.resend(id, addresses);
  if (!acceptance) return await c.notFound();
  if (acceptance.kind !== 'accepted') return refuse(c, acceptance.diagnostic);
  const { isDropped = false } = acceptance;
  const what = `ids ${id} to ${addresses.join(' ')} as ${acceptance.id}`;
  events.operatorActed({ by: who(c), action: 'resend', what, deliveries: isDropped ? 0 : 1 });
  if (isDropped) return refuse(c, resendDropped);
  return c.redirect(`/messages/${encodeURIComponent(acceptance.id)}?done=resend`, 303);
}

async function act(
  action: PageAction,
  delivery: string,
  { operator }: MessagePagesOptions,
): Promise<number> {
  const filter = { ids: [delivery] };
  if (action !== 'reroute') return await operator.act(action, filter);
  const report = await operator.reroute(filter, { dryRun: false, force: false });
  return report.counts.rerouted;
}

/** Back to the message; where it is gone, to the list. */
async function leadOn(
  c: Context,
  {
    action,
    deliveries,
    store,
  }: { readonly action: PageAction; readonly deliveries: number } & Pick<AdminSource, 'store'>,
): Promise<Response> {
  const id = c.req.param('id') ?? '';
  if (!(await store.find(id))) return c.redirect('/messages', 303);
  const done = deliveries > 0 ? action : 'nothing';
  return c.redirect(`/messages/${encodeURIComponent(id)}?done=${done}`, 303);
}

function readAction(text: string | null): PageAction | undefined {
  return pageActions.find((known) => known === text);
}

function doneText(word: string | undefined): string | undefined {
  if (word === 'nothing') return nothingDone;
  if (word === 'resend') return resent;
  const action = readAction(word ?? null);
  return action && doneWords[action];
}

function refuse(
  c: Context,
  detail = 'The form was not one of this page',
): Response | Promise<Response> {
  return c.html(noticePage({ title: 'Not done', detail }), 400);
}
