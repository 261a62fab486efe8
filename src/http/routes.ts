// Every route of the API, once: openapi.json, docs/api.md and what is served are all made of these.
import { z } from 'zod';
import { declareRoute, type AnyRoute } from './route.ts';
import { clientSeen } from './schema/client.ts';
import { connection } from './schema/connection.ts';
import { figures } from './schema/figures.ts';
import { filterQuery, many, rerouteMany, rerouteOne } from './schema/filter.ts';
import { lane } from './schema/lane.ts';
import { delivery, message, rerouteReport } from './schema/message.ts';
import { next, pageQuery } from './schema/page.ts';
import { sandboxMessage, sandboxSummary } from './schema/sandbox.ts';
import { signInReport } from './schema/sign-in.ts';
import { status } from './schema/status.ts';
import { testMailReport, testMailRequest } from './schema/test-mail.ts';
import { count } from './schema/values.ts';

const changed = z.object({ deliveries: count }).readonly().meta({ id: 'Changed' });

export const getStatus = declareRoute({
  method: 'get',
  path: '/status',
  summary: 'a sentence, whether mail is taken, figures of the queue, listeners, connections',
  answer: { kind: 'json', schema: status },
  problems: [],
});

export const getConnections = declareRoute({
  method: 'get',
  path: '/connections',
  summary:
    'each way out: its identity in words, up or down, last success and last trouble with what mends it, token and credential, breaker, holds, paused lanes, what is in flight',
  query: pageQuery,
  answer: {
    kind: 'json',
    schema: z.object({ connections: z.array(connection).readonly(), next }).readonly(),
  },
  problems: [400, 404],
});

export const postLogin = declareRoute({
  method: 'post',
  path: '/connections/{name}/login',
  summary:
    'starts a sign-in for a connection that sends as a user, or tells of the one under way: what somebody has to do',
  answer: { kind: 'json', schema: signInReport },
  problems: [404, 409],
});

export const getLogin = declareRoute({
  method: 'get',
  path: '/connections/{name}/login',
  summary: 'how far the last sign-in for the connection is, and whose account is connected',
  answer: { kind: 'json', schema: signInReport },
  problems: [404],
});

export const getLanes = declareRoute({
  method: 'get',
  path: '/lanes',
  summary:
    'what is in flight and waiting in each lane, until when it is paused and why; the 1,000 that wait longest at most',
  query: pageQuery,
  answer: {
    kind: 'json',
    schema: z.object({ lanes: z.array(lane).readonly(), next }).readonly(),
  },
  problems: [400],
});

export const getClients = declareRoute({
  method: 'get',
  path: '/clients',
  summary:
    'addresses that clients came from: the last mail and the last refusal of each, and how to allow it; the last 500 that this process has seen',
  query: pageQuery,
  answer: {
    kind: 'json',
    schema: z.object({ clients: z.array(clientSeen).readonly(), next }).readonly(),
  },
  problems: [400, 404],
});

export const getFigures = declareRoute({
  method: 'get',
  path: '/figures',
  summary:
    'what this process accepted, delivered, deferred and gave up, and how long delivery took: the last hour in steps of 10 seconds, or the last day in steps of 5 minutes',
  query: {
    schema: z.strictObject({ window: z.enum(['hour', 'day']).default('hour') }),
    expects: '"window" must be hour or day',
  },
  answer: { kind: 'json', schema: figures },
  problems: [400, 404],
});

export const getMessages = declareRoute({
  method: 'get',
  path: '/messages',
  summary: 'deliveries, newest first; with a filter',
  query: filterQuery,
  answer: {
    kind: 'json',
    schema: z.object({ messages: z.array(delivery).readonly(), next }).readonly(),
  },
  problems: [400],
});

export const getMessage = declareRoute({
  method: 'get',
  path: '/messages/{id}',
  summary:
    'one message with its deliveries and their attempts; `id` is its queue id, or that of a delivery',
  answer: { kind: 'json', schema: message },
  problems: [404],
});

export const getRawMessage = declareRoute({
  method: 'get',
  path: '/messages/{id}/raw',
  summary: 'the message as it is stored (`message/rfc822`)',
  answer: { kind: 'message' },
  problems: [403, 404, 409],
});

export const deleteMessage = declareRoute({
  method: 'delete',
  path: '/messages/{id}',
  summary: 'forgets it for good, and tells nobody',
  answer: { kind: 'json', schema: changed },
  problems: [404, 409],
});

const actOnOne = (action: string, summary: string) =>
  declareRoute({
    method: 'post',
    path: `/messages/{id}/${action}`,
    summary,
    answer: { kind: 'json', schema: changed },
    problems: [404, 409],
  });

export const postAction = {
  retry: actOnOne('retry', 'all deliveries of the message, or one, are due now'),
  hold: actOnOne('hold', 'they wait for a release'),
  release: actOnOne('release', 'what was held is due now'),
} as const;

export const postReroute = declareRoute({
  method: 'post',
  path: '/messages/{id}/reroute',
  summary: 'routes it by the configuration of today',
  body: rerouteOne,
  answer: { kind: 'json', schema: rerouteReport },
  problems: [400, 404],
});

export const postResend = declareRoute({
  method: 'post',
  path: '/messages/{id}/resend',
  summary: 'accepts it once more, for these recipients alone: the `id` of the new message',
  body: {
    schema: z.strictObject({ to: z.array(z.string().min(1)).min(1).max(500) }).readonly(),
    expects: '"to" must be a list of 1 to 500 e-mail addresses',
    example: { to: ['ann@example.com'] },
  },
  answer: { kind: 'json', status: 201, schema: z.object({ id: z.string() }).readonly() },
  problems: [400, 404, 409, 422],
});

const actOnMany = (action: string) =>
  declareRoute({
    method: 'post',
    path: `/messages/${action}`,
    summary: `the same for many: ${action}`,
    body: many,
    answer: { kind: 'json', schema: changed },
    problems: [400],
  });

export const postActionOnMany = {
  retry: actOnMany('retry'),
  hold: actOnMany('hold'),
  release: actOnMany('release'),
  remove: actOnMany('remove'),
} as const;

export const postRerouteMany = declareRoute({
  method: 'post',
  path: '/messages/reroute',
  summary: 'the same for many: reroute',
  body: rerouteMany,
  answer: { kind: 'json', schema: rerouteReport },
  problems: [400],
});

const optionalText = z.string().optional();

export const postExplain = declareRoute({
  method: 'post',
  path: '/explain',
  summary: 'what would become of a message, as `graphpost explain --json` has it',
  body: {
    schema: z
      .object({
        message: z.string().meta({ description: 'The message as text' }),
        client: z.string().meta({ description: 'A name or an IP address' }),
        address: optionalText.meta({ description: 'An IP address' }),
        listener: optionalText,
        ehlo: optionalText,
        mailFrom: optionalText,
        rcpt: z.array(z.string()).readonly().optional(),
      })
      .readonly(),
    expects:
      'A question has "message" (the message as text, 4 MB at most) and "client" (a name or an IP address); it may have address, listener, ehlo, mailFrom, and rcpt (a list)',
    example: {
      message: 'From: app@example.com\nTo: ann@example.com\nSubject: Hello\n\nHello',
      client: 'erp',
    },
    // Rules see the first 256 KiB of a body; an attachment or two may be pasted along.
    maxBytes: 4_000_000,
  },
  answer: { kind: 'json', schema: z.looseObject({}).readonly() },
  problems: [400, 404],
});

export const postTest = declareRoute({
  method: 'post',
  path: '/test',
  summary: 'sends a test e-mail, and tells how far it came',
  body: {
    schema: testMailRequest,
    expects: 'Send {"to": ["…"]}, with a "connection", or a "listener" to hand it to',
    example: { to: ['ann@example.com'], connection: 'main' },
  },
  answer: { kind: 'json', schema: testMailReport },
  problems: [400, 404],
});

export const getTest = declareRoute({
  method: 'get',
  path: '/test/{id}',
  summary: 'how far a test e-mail is by now',
  answer: { kind: 'json', schema: testMailReport },
  problems: [404],
});

export const getSandboxMessages = declareRoute({
  method: 'get',
  path: '/sandbox/messages',
  summary: 'what the sandbox "sent", newest first',
  query: pageQuery,
  answer: {
    kind: 'json',
    schema: z.object({ messages: z.array(sandboxSummary).readonly(), next }).readonly(),
  },
  problems: [400],
});

export const getSandboxMessage = declareRoute({
  method: 'get',
  path: '/sandbox/messages/{id}',
  summary: 'one of them, with its texts and attachments',
  answer: { kind: 'json', schema: sandboxMessage },
  problems: [404],
});

export const getRawSandboxMessage = declareRoute({
  method: 'get',
  path: '/sandbox/messages/{id}/raw',
  summary: 'one of them as it was sent (`message/rfc822`)',
  answer: { kind: 'message' },
  problems: [404],
});

export const postBackup = declareRoute({
  method: 'post',
  path: '/backup',
  summary: "copies the queue into a new file on the gateway's machine, while mail goes on",
  body: {
    schema: z.strictObject({ file: z.string() }).readonly(),
    expects: '"file" must be an absolute path',
    example: { file: '/var/backups/graphpost.db' },
  },
  answer: {
    kind: 'json',
    status: 201,
    schema: z.object({ file: z.string(), sizeBytes: count }).readonly(),
  },
  problems: [400],
});

export const getOpenApi = declareRoute({
  method: 'get',
  path: '/openapi.json',
  summary: 'all of this for programs, by OpenAPI 3.1',
  answer: { kind: 'json', schema: z.looseObject({ openapi: z.string() }).readonly() },
  problems: [],
});

export type AskedQuestion = z.infer<NonNullable<(typeof postExplain)['body']>['schema']>;

/** In the order in which docs/api.md tells them. */
export const apiRoutes: readonly AnyRoute[] = [
  getStatus,
  getConnections,
  postLogin,
  getLogin,
  getLanes,
  getClients,
  getFigures,
  getMessages,
  getMessage,
  getRawMessage,
  ...Object.values(postAction),
  deleteMessage,
  postReroute,
  postResend,
  ...Object.values(postActionOnMany),
  postRerouteMany,
  postExplain,
  postTest,
  getTest,
  getSandboxMessages,
  getSandboxMessage,
  getRawSandboxMessage,
  postBackup,
  getOpenApi,
];
