// `routes` and `default`: which way each recipient's copy goes.
import { z } from 'zod';
import { condition } from './conditions.ts';
import { fromBlock } from './from.ts';
import { sendAs } from './send-as.ts';
import { address, headerName, line, name } from './values.ts';

const send = z
  .strictObject({
    via: name.describe('The connection that it goes over.'),
    backup: z
      .array(name)
      .default([])
      .describe('Connections that are tried, in order, when that one is in trouble.'),
    sendAs: sendAs.optional(),
    priority: z
      .enum(['high', 'normal'])
      .default('normal')
      .describe('`high` overtakes the rest in its lane.'),
    saveToSentItems: z.boolean().optional().describe('As in the connection, for this route.'),
  })
  .describe('Sends it.');

const headers = z
  .strictObject({
    set: z
      .record(headerName, line)
      .default({})
      .describe('Fields that are put in the place of what is there.'),
    add: z.record(headerName, line).default({}).describe('Fields that are added.'),
    remove: z.array(headerName).default([]).describe('Fields that are taken out.'),
  })
  .describe(
    'Changes to the header. Originator, recipient, identification and content fields cannot be changed here.',
  );

const actions = {
  send: send.optional(),
  drop: z
    .literal(true, { error: 'must be true' })
    .optional()
    .describe('Takes it, and sends it nowhere.'),
  refuse: line.optional().describe('Refuses it; the text is what the client gets.'),
  redirect: z
    .array(address)
    .min(1, { error: 'must have one address at least' })
    .optional()
    .describe('These get it instead, and nobody else does: they become To.'),
  redirectSubject: z
    .boolean()
    .default(true)
    .describe('Whom it was for is shown in the subject of a redirected mail.'),
  hold: z
    .boolean()
    .default(false)
    .describe('It waits in the queue until it is released, and then goes by `send`.'),
  from: fromBlock.optional(),
  headers: headers.optional(),
  bcc: z.array(address).default([]).describe('Further recipients, hidden from the others.'),
};

const route = z.strictObject({
  name: name.describe('Its label in metrics and logs. `default` is taken.'),
  when: condition.optional().describe('What must hold; always taken if absent.'),
  ...actions,
});

export const routes = z
  .array(route)
  .default([])
  .describe(
    'For each recipient, the first route whose `when` holds is taken. Each has exactly one of `send`, `drop` and `refuse`.',
  );

export const fallback = z
  .strictObject(actions)
  .optional()
  .describe('The route of recipients that no other took. If absent: the only connection.');

export type RouteContent = z.output<typeof route>;
export type ActionContent = Omit<RouteContent, 'name' | 'when'>;
