// One sentence that says how things are, what is the cause, and what to do: for the top of the page and for the API.
import type { DeliveryState } from '../core/delivery.ts';
import { stopsMail, type OpenTrouble } from '../core/open-troubles.ts';
import type { DeliverySummary, QueueFigures } from '../relay/ports.ts';
import { readDiagnostic } from './diagnostic.ts';
import type { Readiness } from './readiness.ts';
import { capitalized, formatCount, formatDuration, troubleOf } from './words.ts';

export interface Advice {
  readonly text: string;
  /** What to do, or what to run; in quotation marks where it is a command. */
  readonly remedy: string;
}

export interface Summary {
  /** `good`: nothing to do; `attention`: some mail has trouble; `bad`: mail is not taken, or a connection does not work. */
  readonly tone: 'good' | 'attention' | 'bad';
  readonly text: string;
  /** Of the cause that the text names; absent where there is nothing to do. */
  readonly remedy?: string;
  /** What else is wrong, worst first. */
  readonly others?: readonly Advice[];
}

export interface SummarySource {
  /** Absent when the store could not be read. */
  readonly figures: QueueFigures | undefined;
  readonly readiness: Readiness;
  /** Nothing leaves (`sending`). Absent: it does. */
  readonly sending?: 'hold' | 'drop' | undefined;
  /** What is wrong just now, worst first. */
  readonly troubles?: readonly OpenTrouble[];
  /** The newest delivery of a state that means trouble. */
  readonly examples?: Examples;
  /** False: nothing is kept, so nothing waits. Default: true. */
  readonly isQueued?: boolean;
  readonly now: number;
}

export type Examples = Readonly<Partial<Record<DeliveryState, DeliverySummary>>>;

/** Each mailbox may have a trouble of its own. */
const mostOthers = 20;

export function summarize(source: SummarySource): Summary {
  if (!source.readiness.ok) return notTaken(source);
  const advice = adviceOf(source);
  if (source.figures === undefined) {
    const remedy =
      'See that its disk or database works; the log has the cause: look for "store" in it';
    return { tone: 'bad', text: 'The store cannot be read.', remedy, ...othersOf(advice) };
  }
  const waits = queueText({ ...source, figures: source.figures });
  const [first, ...others] = advice;
  const text = [...sendingText(source.sending), ...(first ? [`${first.text}.`] : []), waits];
  return {
    tone: toneOf(source.figures, source),
    text: text.filter((part) => part !== '').join(' '),
    ...(first && { remedy: `${first.remedy}.` }),
    ...othersOf(others),
  };
}

/** What keeps mail out is both the reason and a trouble of its own. */
function notTaken({ readiness, troubles = [], ...source }: SummarySource): Summary {
  const text = `New mail is not taken: ${readiness.reasons.join('; ')}.`;
  const intake = troubles.find(({ cause }) => cause === 'intake');
  const rest = troubles.filter((trouble) => trouble !== intake);
  const others = adviceOf({ ...source, readiness, troubles: rest });
  return {
    tone: 'bad',
    text,
    ...(intake && { remedy: `${intake.remedy}.` }),
    ...othersOf(others),
  };
}

function othersOf(others: readonly Advice[]): Pick<Summary, 'others'> {
  return others.length === 0 ? {} : { others: others.slice(0, mostOthers) };
}

function adviceOf({ troubles = [], examples = {} }: SummarySource): readonly Advice[] {
  const open = troubles.filter((each) => !isSaidBySignIn(each, troubles)).map(openAdvice);
  // A shared cause explains what is deferred; what failed has its own.
  const states = troubles.length === 0 ? (['failed', 'deferred'] as const) : (['failed'] as const);
  const ofQueue = states.flatMap((state) => exampleAdvice(examples[state]));
  return [...open, ...ofQueue];
}

/** Where somebody has to sign in, that is what all its mail waits for. */
function isSaidBySignIn({ event, cause }: OpenTrouble, troubles: readonly OpenTrouble[]): boolean {
  const isSignIn = (other: OpenTrouble) => other.event === 'signInNeeded' && other.cause === cause;
  return event === 'connectionDown' && troubles.some(isSignIn);
}

/** What mends the cause comes before what to run then. Microsoft's own words are on the page of the message. */
function openAdvice({ text: given, remedy }: OpenTrouble): Advice {
  const { problem, code, remedy: fix } = readDiagnostic(given);
  const text = given.replace(/\. (?:Microsoft says|Cause): .*$/s, '');
  // A key of the configuration in brackets is no code.
  if (fix === undefined || code === undefined || code.includes('.')) return { text, remedy };
  const isSaid = remedy.toLowerCase().startsWith(fix.toLowerCase());
  return {
    text: `${problem} (${code})`,
    remedy: isSaid ? remedy : `${capitalized(fix)}. ${remedy}`,
  };
}

function exampleAdvice(delivery: DeliverySummary | undefined): readonly Advice[] {
  const trouble = troubleOf(delivery?.lastAttempt?.outcome);
  if (!delivery || !trouble) return [];
  const { problem, remedy } = readDiagnostic(trouble.diagnostic);
  const fix = remedy === undefined ? '' : `${capitalized(remedy)}; `;
  const word = delivery.state === 'failed' ? 'Given up last' : 'Deferred last';
  return [
    {
      text: `${word}: ${problem}`,
      remedy: `${fix}its history: "graphpost why ${delivery.messageId}"`,
    },
  ];
}

function toneOf(
  { deliveries }: QueueFigures,
  { troubles = [], sending }: SummarySource,
): Summary['tone'] {
  if (troubles.some(stopsMail)) return 'bad';
  const { deferred, unsure, held, failed } = deliveries;
  const isCalm = deferred + unsure + held + failed + troubles.length === 0;
  return isCalm && !sending ? 'good' : 'attention';
}

function queueText(source: SummarySource & { readonly figures: QueueFigures }): string {
  const { figures, now, troubles = [], isQueued = true } = source;
  if (!isQueued) {
    return troubles.length === 0
      ? 'All is well: clients are answered with what the next hop says, and nothing is kept here.'
      : 'Nothing is kept here: clients are told to come back.';
  }
  const { failed } = figures.deliveries;
  const isCalm = failed === 0 && troubles.length === 0;
  return [waitingText(figures, { now, isCalm }), ...failedText(failed)].join(' ');
}

function waitingText(
  { deliveries, oldestReceivedAt }: QueueFigures,
  { now, isCalm }: { readonly now: number; readonly isCalm: boolean },
): string {
  const { ready, sending, unsure, deferred, held } = deliveries;
  const waiting = ready + sending + unsure + deferred + held;
  if (waiting === 0) return isCalm ? 'All is well: nothing waits.' : 'Nothing waits.';
  const states = [
    ...(deferred > 0 ? [`${deferred.toLocaleString('en')} will be tried again`] : []),
    ...(unsure > 0
      ? [`${unsure.toLocaleString('en')} may have been sent and will be looked up`]
      : []),
    ...(held > 0 ? [`${held.toLocaleString('en')} held until an administrator acts`] : []),
  ];
  const age =
    oldestReceivedAt === undefined
      ? ''
      : `, the oldest for ${formatDuration(now - oldestReceivedAt)}`;
  const details = states.length === 0 ? '' : `: ${states.join(', ')}`;
  return `${formatCount(waiting, 'message')} ${waiting === 1 ? 'waits' : 'wait'}${age}${details}.`;
}

function sendingText(sending: SummarySource['sending']): readonly string[] {
  if (sending === 'hold') return ['Nothing leaves: the configuration says "sending: hold".'];
  return sending === 'drop' ? ['New mail is dropped: the configuration says "sending: drop".'] : [];
}

function failedText(failed: number): readonly string[] {
  return failed === 0 ? [] : [`${formatCount(failed, 'message')} failed for good.`];
}
