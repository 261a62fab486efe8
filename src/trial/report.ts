// What `graphpost explain` prints, as plain data: the same for people and for programs.
import { Buffer } from 'node:buffer';
import type { ContentFacts } from '../core/content.ts';
import type { RecipientTrace } from '../core/explain.ts';
import { laneOf } from '../core/lane.ts';
import type { TransportKind } from '../core/transport-plan.ts';
import { messageParts } from '../mime/part-port.ts';
import type { Explanation, RouteExplanation, RouteWait } from '../relay/explain-message.ts';
import type { PlannedSend } from '../relay/plan-sends.ts';
import type { Content } from '../relay/ports.ts';
import type { TrialResult } from './trial.ts';

export interface ExplainReport {
  /** `refused` before `dropped` before `held` before `sent`: the first that is true of a recipient. */
  readonly outcome: 'sent' | 'held' | 'dropped' | 'refused';
  /** What the SMTP client is told. */
  readonly reply: string;
  /** Of a refusal: the command that it answers, and the cause that the client is not told. */
  readonly refusedAt?: 'MAIL' | 'RCPT' | 'DATA';
  readonly diagnostic?: string;
  /** Name of the client; absent when nobody may send from there. */
  readonly client?: string;
  readonly address?: string;
  /** `<>` is the null reverse-path. */
  readonly mailFrom?: string;
  readonly sizeBytes?: number;
  /** What was read for rules that ask for it. */
  readonly content?: ContentFacts;
  readonly recipients: readonly RecipientTrace[];
  readonly routes: readonly RouteReport[];
  /** As received. */
  readonly header?: string;
}

export interface RouteReport {
  readonly rule: string;
  readonly action: 'send' | 'drop' | 'refuse';
  readonly recipients: readonly string[];
  /** Of a redirected message: whom it was for. */
  readonly insteadOf?: readonly string[];
  readonly held: boolean;
  /** What holds it, or drops it: the rule itself, or `sending` for all mail. */
  readonly wait?: RouteWait;
  readonly refusal?: string;
  readonly sends: readonly SendReport[];
}

export interface SendReport {
  readonly recipients: readonly string[];
  readonly connection: string;
  readonly backup: readonly string[];
  readonly from: string;
  /** The mailbox that it leaves from. */
  readonly sendAs: string;
  readonly lane: string;
  readonly priority: 'high' | 'normal';
  readonly saveToSentItems: boolean;
  readonly sizeBytes: number;
  readonly transport: TransportKind | 'none';
  readonly why: string;
  /** As it would leave. */
  readonly header: string;
}

/** @param raw the message, its lines ended by CRLF */
export async function createReport(result: TrialResult, raw: Uint8Array): Promise<ExplainReport> {
  const { explanation, transaction } = result;
  const routes = await Promise.all(
    (explanation?.routes ?? []).map((route) => reportRoute(route, { explanation, raw })),
  );
  return {
    outcome: result.kind === 'refused' ? 'refused' : outcomeOf(routes),
    ...replyOf(result),
    ...(transaction && {
      client: transaction.client.name,
      address: transaction.client.ip,
      mailFrom: transaction.reversePath ?? '<>',
    }),
    ...(explanation && {
      sizeBytes: explanation.sizeBytes,
      ...(explanation.content && { content: explanation.content }),
      header: toText(explanation.header),
    }),
    recipients: explanation?.recipients ?? [],
    routes,
  };
}

function outcomeOf(routes: readonly RouteReport[]): ExplainReport['outcome'] {
  if (routes.some(({ action }) => action === 'drop')) return 'dropped';
  return routes.some(({ held }) => held) ? 'held' : 'sent';
}

function replyOf(result: TrialResult): Pick<ExplainReport, 'reply' | 'refusedAt' | 'diagnostic'> {
  if (result.kind === 'taken') return { reply: '250 2.0.0 queued' };
  const { reply, command, diagnostic } = result;
  return { reply: `${reply.code} ${reply.status} ${reply.text}`, refusedAt: command, diagnostic };
}

interface Explained {
  readonly explanation: Explanation | undefined;
  readonly raw: Uint8Array;
}

async function reportRoute(
  { route, sends, refusal, wait }: RouteExplanation,
  explained: Explained,
): Promise<RouteReport> {
  const { rule, action, forwardPaths, insteadOf } = route;
  return {
    rule,
    action: action.kind,
    recipients: forwardPaths,
    ...(insteadOf && { insteadOf }),
    held: action.kind === 'send' && action.hold === true,
    ...(wait && { wait }),
    ...(refusal && { refusal: refusal.diagnostic }),
    sends: await Promise.all(sends.map((send) => reportSend(send, explained))),
  };
}

async function reportSend(send: PlannedSend, explained: Explained): Promise<SendReport> {
  const { route, connection, submission, header, sizeBytes } = send;
  const { action } = route;
  const saveToSentItems = action.saveToSentItems ?? connection.saveToSentItems;
  return {
    recipients: route.forwardPaths,
    connection: connection.name,
    backup: action.backup,
    from: submission.from,
    sendAs: submission.sendAs,
    lane: laneOf(connection.laneIdentity, submission.sendAs),
    priority: action.priority,
    saveToSentItems,
    sizeBytes,
    ...(await transportOf(send, { saveToSentItems, ...explained })),
    header: toText(header),
  };
}

async function transportOf(
  { connection, header, sizeBytes }: PlannedSend,
  { saveToSentItems, explanation, raw }: Explained & { readonly saveToSentItems: boolean },
): Promise<Pick<SendReport, 'transport' | 'why'>> {
  const { transport } = connection;
  const facts = { sizeBytes, saveToSentItems };
  const body = raw.subarray(explanation?.header.length ?? 0);
  const message = Buffer.concat([header, body]);
  const plan =
    transport.plan?.(facts) ??
    transport.plan?.({ ...facts, outline: await messageParts.readOutline(inMemory(message)) });
  if (plan === undefined) return { transport: 'mime', why: 'the connection knows no other' };
  if (plan.kind === 'failed') return { transport: 'none', why: plan.diagnostic };
  return { transport: plan.transport, why: plan.why };
}

function inMemory(bytes: Uint8Array): Content {
  return {
    sizeBytes: bytes.length,
    async *read({ start = 0, end = bytes.length } = {}) {
      yield bytes.subarray(start, end);
    },
  };
}

function toText(header: Uint8Array): string {
  return Buffer.from(header).toString('utf8').replaceAll('\r\n', '\n').trimEnd();
}
