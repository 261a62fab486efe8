// The way out through Microsoft Graph: plans how a message goes, and goes another way where Graph refuses the first.
import { deferred, failed, type Failed, type Outcome } from '../core/outcome.ts';
import { base64Length, bytesWithin } from '../core/base64-length.ts';
import type { MessageOutline } from '../core/outline.ts';
import {
  planBySize,
  planTransport,
  type TransportCapabilities,
  type TransportFacts,
  type TransportKind,
  type TransportPlan,
  type TransportRefusal,
} from '../core/transport-plan.ts';
import type { Passage } from '../core/delivery.ts';
import type { Clock, Content, MessageParts, Submission, Transport } from '../relay/ports.ts';
import { DraftMemory } from './draft-memory.ts';
import { sendByDraft } from './draft.ts';
import { droppedFields } from './fidelity.ts';
import type { GraphHttp, GraphResult } from './http.ts';
import { lookUp } from './look-up.ts';
import { createMeter } from './meter.ts';
import { outcomeOf } from './outcome.ts';
import { refusalOf } from './refusal.ts';
import { Retries } from './retries.ts';
import { Semaphore } from './semaphore.ts';
import { sendJson } from './send-json.ts';
import { sendMail } from './send-mail.ts';

export interface GraphTransportOptions {
  readonly http: GraphHttp;
  /** The most bytes that the body of one request may have. */
  readonly requestLimitBytes: number;
  readonly clock: Clock;
  /** Absent: every message goes as MIME. */
  readonly parts?: MessageParts;
  /** What is over the request limit goes by draft and upload session (Mail.ReadWrite). Default: false. */
  readonly largeMessages?: boolean;
  /** Large messages under way at once, over all connections. Default: four of this connection's own. */
  readonly largeMessageSlots?: Semaphore;
  /** Whether quoted-printable text goes as it is, or in base64. Default: `keep`. */
  readonly quotedPrintable?: 'base64' | 'keep';
}

/** 150 MB of files, which base64 in lines of 76 letters makes longer. */
const maxLargeMessageBytes = 205_300_000;
/** Few at once are faster than many, and take less memory. */
const defaultLargeMessageSlots = 4;

export function createGraphTransport(options: GraphTransportOptions): Transport {
  const { clock, http, parts, requestLimitBytes, largeMessages = false } = options;
  const way: Way = {
    ...options,
    capabilities: { requestLimitBytes, largeMessages, maxMessageBytes: maxLargeMessageBytes },
    memory: new DraftMemory(),
    slots: options.largeMessageSlots ?? new Semaphore(defaultLargeMessageSlots),
  };
  return {
    maxMessageBytes: largeMessages && parts ? maxLargeMessageBytes : bytesWithin(requestLimitBytes),
    async send(submission, { onUse, ...options }) {
      const meter = createMeter(http);
      try {
        return await send(submission, { ...way, ...options, http: meter.http });
      } finally {
        onUse?.(meter.use());
      }
    },
    lookUp: (sought, { signal }) => lookUp(sought, { http, clock, signal, attempt: 1 }),
    plan: (facts) => planKnown(facts, way),
  };
}

/** What one connection has for all of its messages. */
interface Way extends GraphTransportOptions {
  readonly capabilities: TransportCapabilities;
  readonly memory: DraftMemory;
  readonly slots: Semaphore;
}

type SendOptions = Way & Parameters<Transport['send']>[1];

function planKnown(
  { outline, ...facts }: TransportFacts & { readonly outline?: MessageOutline },
  { capabilities }: Way,
): TransportPlan | Failed | undefined {
  const plan = planBySize(facts, capabilities);
  return plan ?? (outline && planTransport({ ...facts, outline }, capabilities));
}

/** Throws what the content throws: nothing was sent then. */
async function send(
  submission: Submission,
  options: SendOptions,
): Promise<Outcome & { readonly passage?: Passage }> {
  const readOutline = outlineReader(submission, options);
  const refusals: TransportRefusal[] = [];
  let refused: Outcome | undefined;
  try {
    for (;;) {
      const plan = await planNext(submission, { ...options, refusals, readOutline });
      if (plan.kind === 'failed') return refused ?? plan;
      const { transport, why } = plan;
      const trial = await carriers[transport](submission, { ...options, readOutline });
      if (!trial.refusal) {
        return { ...trial.outcome, passage: passageOf(submission, { transport, why }) };
      }
      refusals.push(trial.refusal);
      refused = trial.outcome ?? refused;
    }
  } catch (error) {
    // Whatever was sent has its outcome by now: only reading throws.
    if (options.signal.aborted) return cutShort;
    throw error;
  }
}

function passageOf(
  { header }: Submission,
  { transport, why }: { readonly transport: TransportKind; readonly why: string },
): Passage {
  const lost = header ? droppedFields(header, transport) : [];
  return { transport, why, ...(lost.length > 0 && { droppedFields: lost }) };
}

const cutShort = deferred('4.3.2', {
  reason: 'cancelled',
  diagnostic: 'The attempt was cut short before the message was given: it was not sent',
});

/** Most messages need none; one that does is read once. */
type ReadOutline = () => Promise<MessageOutline | undefined>;

function outlineReader({ content }: Submission, { parts, signal }: SendOptions): ReadOutline {
  let outline: Promise<MessageOutline> | undefined;
  return async () => await (outline ??= parts?.readOutline(content, { signal }));
}

async function planNext(
  { content, saveToSentItems }: Submission,
  options: SendOptions & {
    readonly refusals: readonly TransportRefusal[];
    readonly readOutline: ReadOutline;
  },
): Promise<TransportPlan | Failed> {
  const { capabilities, parts, refusals, readOutline } = options;
  const facts = {
    sizeBytes: content.sizeBytes,
    saveToSentItems: saveToSentItems || !parts,
    refusals,
  };
  const plan = planBySize(facts, capabilities);
  if (plan) return plan;
  const outline = await readOutline();
  return outline ? planTransport({ ...facts, outline }, capabilities) : tooLarge(facts, options);
}

function tooLarge({ sizeBytes }: TransportFacts, { requestLimitBytes }: Way): Failed {
  return failed('5.3.4', {
    reason: 'tooLarge',
    diagnostic: `The message has ${sizeBytes} bytes, and one request to Microsoft Graph carries ${bytesWithin(requestLimitBytes)}`,
  });
}

/** What one transport came to; with a refusal another one is to be tried. */
type Trial =
  | { readonly outcome: Outcome; readonly refusal?: undefined }
  | { readonly outcome?: Outcome; readonly refusal: TransportRefusal };

type CarryOptions = SendOptions & { readonly readOutline: ReadOutline };

const carriers: Record<
  TransportKind,
  (submission: Submission, options: CarryOptions) => Promise<Trial>
> = { mime: carryMime, json: carryJson, draft: carryDraft };

async function carryMime(submission: Submission, options: CarryOptions): Promise<Trial> {
  const content = await mimeContent(submission.content, options);
  const result = await sendMail({ ...submission, content }, options);
  return judge(result, submission, { ...options, transport: 'mime' });
}

/** Quoted-printable grows in base64: where that is too much, it goes as it is. */
async function mimeContent(content: Content, options: SendOptions): Promise<Content> {
  const { parts, quotedPrintable, requestLimitBytes } = options;
  if (quotedPrintable !== 'base64' || !parts) return content;
  const changed = await parts.withoutQuotedPrintable(content);
  return base64Length(changed.sizeBytes) <= requestLimitBytes ? changed : content;
}

async function carryJson(submission: Submission, options: CarryOptions): Promise<Trial> {
  const { outline, parts } = await structureOf(options);
  const result = await sendJson(submission, { ...options, outline, parts });
  if (!result) return { refusal: { transport: 'json', cause: 'tooLarge' } };
  return judge(result, submission, { ...options, transport: 'json' });
}

async function carryDraft(submission: Submission, options: CarryOptions): Promise<Trial> {
  const { outline, parts } = await structureOf(options);
  const { attempt } = submission;
  const retries = new Retries(options);
  const context = { ...options, submission, attempt, outline, parts, retries };
  return { outcome: await sendByDraft(context) };
}

/** Only messages with an outline are planned for other transports than MIME. */
async function structureOf({ parts, readOutline }: CarryOptions) {
  const outline = await readOutline();
  if (!outline || !parts) throw new Error('A message without an outline goes as MIME alone');
  return { outline, parts };
}

function judge(
  result: GraphResult,
  { attempt }: Submission,
  { clock, transport }: SendOptions & { readonly transport: TransportKind },
): Trial {
  const outcome = outcomeOf(result, { now: clock.now(), attempt });
  const refusal = refusalOf(result, { transport, attempt });
  return refusal ? { outcome, refusal } : { outcome };
}
