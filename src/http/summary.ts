// One sentence that says how things are, for the top of the page and for the API.
import type { QueueFigures } from '../relay/ports.ts';
import type { Readiness } from './readiness.ts';
import { formatCount, formatDuration } from './words.ts';

export interface Summary {
  /** `good`: nothing to do; `attention`: some mail has trouble; `bad`: mail is not taken. */
  readonly tone: 'good' | 'attention' | 'bad';
  readonly text: string;
}

export interface SummarySource {
  /** Absent when the store could not be read. */
  readonly figures: QueueFigures | undefined;
  readonly readiness: Readiness;
  /** Nothing leaves (`sending`). Absent: it does. */
  readonly sending?: 'hold' | 'drop' | undefined;
  readonly now: number;
}

export function summarize({ figures, readiness, sending, now }: SummarySource): Summary {
  if (!readiness.ok) {
    return { tone: 'bad', text: `New mail is not taken: ${readiness.reasons.join('; ')}.` };
  }
  if (figures === undefined) return { tone: 'bad', text: 'The store cannot be read.' };
  const { deferred, unsure, held, failed } = figures.deliveries;
  const isCalm = deferred + unsure + held + failed === 0;
  const text = [...sendingText(sending), waitingText(figures, now), ...failedText(failed)].join(
    ' ',
  );
  return { tone: isCalm && !sending ? 'good' : 'attention', text };
}

function waitingText({ deliveries, oldestReceivedAt }: QueueFigures, now: number): string {
  const { ready, sending, unsure, deferred, held, failed } = deliveries;
  const waiting = ready + sending + unsure + deferred + held;
  if (waiting === 0) return failed === 0 ? 'All is well: nothing waits.' : 'Nothing waits.';
  const troubles = [
    ...(deferred > 0 ? [`${deferred} will be tried again`] : []),
    ...(unsure > 0 ? [`${unsure} may have been sent and will be looked up`] : []),
    ...(held > 0 ? [`${held} held until an administrator acts`] : []),
  ];
  const age =
    oldestReceivedAt === undefined
      ? ''
      : `, the oldest for ${formatDuration(now - oldestReceivedAt)}`;
  const details = troubles.length === 0 ? '' : `: ${troubles.join(', ')}`;
  return `${formatCount(waiting, 'message')} ${waiting === 1 ? 'waits' : 'wait'}${age}${details}.`;
}

function sendingText(sending: SummarySource['sending']): readonly string[] {
  if (sending === 'hold') return ['Nothing leaves: the configuration says "sending: hold".'];
  return sending === 'drop' ? ['New mail is dropped: the configuration says "sending: drop".'] : [];
}

function failedText(failed: number): readonly string[] {
  return failed === 0 ? [] : [`${formatCount(failed, 'message')} failed for good.`];
}
