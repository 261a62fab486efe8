// What would become of a message, step by step as `accept.ts` goes, without taking it.
import type { Client } from '../core/client.ts';
import { isContentNeeded } from '../core/content-need.ts';
import type { ContentFacts } from '../core/content.ts';
import type { Envelope } from '../core/envelope.ts';
import { explainRoutes, type RecipientTrace } from '../core/explain.ts';
import type { Refusal } from '../core/outcome.ts';
import { applySending, planRoutes, type Route } from '../core/route.ts';
import { examineHeader } from './examine-header.ts';
import { findRefusal, isSendRoute, type PlannableMessage, type PlannedSend } from './plan-sends.ts';
import type { Policy } from './policy.ts';
import { planCarriedSends } from './plan-transport.ts';
import type { Content, ContentReader, MessageParts, Mime } from './ports.ts';

export interface ExplainedMessage {
  readonly client: Client;
  readonly envelope: Envelope;
  /** The whole message, its lines ended by CRLF. */
  readonly raw: Uint8Array;
}

export interface ExplainParts {
  readonly policy: Policy;
  readonly mime: Mime;
  readonly messageParts: MessageParts;
  readonly contents: ContentReader;
  readonly hostname: string;
  /** Epoch ms. */
  readonly now: number;
}

export interface RouteExplanation {
  readonly route: Route;
  /** None for a route that sends nothing, or could not. */
  readonly sends: readonly PlannedSend[];
  /** Why it could not. */
  readonly refusal?: Refusal;
  /** What keeps it from being sent at once. */
  readonly wait?: RouteWait;
}

/** `rule`: until somebody releases it; `sending`: as all mail is, until the configuration lets it go; `both` in turn. */
export type RouteWait = 'rule' | 'sending' | 'both';

export interface Explanation {
  /** As received. */
  readonly header: Uint8Array;
  /** With the fields that are added at acceptance. */
  readonly sizeBytes: number;
  /** Present where a rule asked for it. */
  readonly content?: ContentFacts;
  /** What the client would be told; absent: it gets a 250. */
  readonly refusal?: Refusal;
  /** None for a message that is refused before it is routed. */
  readonly recipients: readonly RecipientTrace[];
  readonly routes: readonly RouteExplanation[];
}

/** Never throws for a message, whatever it is. */
export async function explainMessage(
  { client, envelope, raw }: ExplainedMessage,
  parts: ExplainParts,
): Promise<Explanation> {
  const { mime, policy } = parts;
  const whole = mime.endHeader(raw);
  const header = whole.subarray(0, mime.headerLength(whole));
  const body = whole.subarray(header.length);
  const unrouted = { header, sizeBytes: whole.length, recipients: [], routes: [] };
  const examined = examineHeader(header, { ...parts, client, envelope, id: 'explain' });
  if ('kind' in examined) return { ...unrouted, refusal: examined };
  const sizeBytes = examined.header.length + body.length;
  const { reversePath, forwardPaths } = envelope;
  const unread = { client, reversePath, forwardPaths, header: examined.facts, sizeBytes };
  const isNeeded = policy.needsContent && isContentNeeded(policy.rules, unread);
  const read = isNeeded ? await readContent([examined.header, body], parts) : undefined;
  if (read && 'kind' in read) return { ...unrouted, sizeBytes, refusal: read };
  const content = read && { content: read };
  const subject = { ...unread, ...content };
  const message = { client, sizeBytes, headerBytes: examined.header.length, ...examined };
  const routed = planRoutes(policy.rules, policy.fallback, subject);
  const plan = applySending(routed, policy.sending);
  const stored = contentOf(examined.header, body);
  const routes = await Promise.all(
    plan.map(async (route, index) => ({
      ...(await explainRoute(route, { ...examined, message, stored }, parts)),
      ...waitOf(routed[index], policy.sending),
    })),
  );
  const refusal = findRefusal(plan) ?? routes.find((route) => route.refusal)?.refusal;
  return {
    header,
    sizeBytes,
    ...content,
    ...(refusal && { refusal }),
    recipients: explainRoutes(policy.rules, policy.fallback, subject),
    routes,
  };
}

function waitOf(
  route: Route | undefined,
  sending: Policy['sending'],
): { readonly wait?: RouteWait } {
  if (route?.action.kind !== 'send') return {};
  const isHeld = route.action.hold === true;
  if (sending === undefined) return isHeld ? { wait: 'rule' } : {};
  return { wait: sending === 'hold' && isHeld ? 'both' : 'sending' };
}

async function readContent(
  pieces: readonly Uint8Array[],
  { contents }: ExplainParts,
): Promise<ContentFacts | Refusal> {
  const reading = contents.open();
  for (const piece of pieces) await reading.write(piece);
  return await reading.end();
}

async function explainRoute(
  route: Route,
  message: PlannableMessage & { readonly stored: Content },
  parts: ExplainParts,
): Promise<RouteExplanation> {
  if (!isSendRoute(route)) return { route, sends: [] };
  const sends = await planCarriedSends([route], {
    ...parts,
    message,
    content: () => message.stored,
    parts: parts.messageParts,
  });
  return 'kind' in sends ? { route, sends: [], refusal: sends } : { route, sends };
}

/** As the store would give it back. */
function contentOf(header: Uint8Array, body: Uint8Array): Content {
  const bytes = new Uint8Array(header.length + body.length);
  bytes.set(header);
  bytes.set(body, header.length);
  return {
    sizeBytes: bytes.length,
    async *read({ start = 0, end = bytes.length } = {}) {
      yield bytes.subarray(start, end);
    },
  };
}
