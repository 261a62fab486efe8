// What has become of a test e-mail, from what the store keeps of it.
import type { Attempt, DeliveryState } from '../core/delivery.ts';
import { wasTried, type Outcome, type RemoteDetail } from '../core/outcome.ts';
import type {
  TestMailError,
  TestMailReport,
  TestMailState,
  TestMailStep,
} from '../core/test-mail.ts';
import type { DeliveryRecord, MessageRecord } from './ports.ts';

/** A delivery as far as it is told of. */
export interface ToldDelivery extends Pick<
  DeliveryRecord,
  'route' | 'connection' | 'forwardPaths' | 'history' | 'hold'
> {
  readonly state: DeliveryState;
}

export interface ToldMessage {
  readonly message: Pick<MessageRecord['message'], 'id' | 'receivedAt' | 'client' | 'messageId'>;
  readonly deliveries: readonly ToldDelivery[];
}

/** @param sending what the configuration says of all mail; undefined: it leaves */
export function reportOfTest(
  told: ToldMessage,
  { sending }: { readonly sending?: 'hold' | 'drop' | undefined } = {},
): TestMailReport {
  const { deliveries, message } = told;
  const error = errorOf(deliveries, sending);
  const next = nextOf(told);
  return {
    state: stateOf(deliveries, error),
    id: message.id,
    steps: [
      ...acceptedSteps(told),
      ...deliveries.flatMap(({ history }) => history.map(attemptStep)),
    ],
    ...(error && { error }),
    ...(error && next !== undefined && { next }),
  };
}

function acceptedSteps({ message, deliveries }: ToldMessage): readonly TestMailStep[] {
  const { receivedAt: time, client, id, messageId } = message;
  const place = client.listener === '' ? '' : ` at listener "${client.listener}"`;
  return [
    { time, what: `Accepted from client "${client.name}"${place}, Message-ID ${messageId}` },
    { time, what: `Queued as ${id}` },
    ...deliveries.map(({ route, connection, forwardPaths }) => ({
      time,
      what: `Routed by "${route}" over connection "${connection}" to ${forwardPaths.join(', ')}`,
    })),
  ];
}

function attemptStep({ number, connection, outcome, startedAt, endedAt }: Attempt): TestMailStep {
  const requestId = outcome.remote?.requestId;
  const words = [
    outcome.kind,
    outcome.status,
    ...(requestId === undefined ? [] : [`request-id ${requestId}`]),
  ];
  const seconds = ((endedAt - startedAt) / 1_000).toFixed(1);
  return {
    time: endedAt,
    what: wasTried(outcome)
      ? `Attempt ${number} over "${connection}" (${seconds} s): ${words.join(', ')}`
      : `Not tried over "${connection}": ${words.join(', ')}`,
  };
}

function stateOf(
  deliveries: readonly ToldDelivery[],
  error: TestMailError | undefined,
): TestMailState {
  if (error) return 'undelivered';
  return deliveries.every(({ state }) => state === 'delivered') ? 'delivered' : 'underWay';
}

/** Of the first delivery that has one. What is attempted just now may go well. */
function errorOf(
  deliveries: readonly ToldDelivery[],
  sending: 'hold' | 'drop' | undefined,
): TestMailError | undefined {
  for (const { state, history } of deliveries) {
    if (state === 'delivered' || state === 'sending') continue;
    const outcome = history.at(-1)?.outcome;
    if (outcome && outcome.kind !== 'delivered') return errorOfOutcome(outcome);
    if (state === 'held') return { explained: 'A rule holds it until somebody releases it' };
    if (sending !== undefined) return { explained: `All mail is held here (sending: ${sending})` };
  }
  return undefined;
}

export function errorOfOutcome(outcome: Exclude<Outcome, { kind: 'delivered' }>): TestMailError {
  // What Microsoft said stands at the end of what is told.
  const [explained = '', words] = outcome.diagnostic.split(/\. (?:Microsoft says|Cause): /, 2);
  const raw = [...codesOf(outcome.remote), ...(words === undefined ? [] : [words])].join(', ');
  return { explained, ...(raw !== '' && { raw }) };
}

/** As Microsoft gave them. */
function codesOf({ httpStatus, code, requestId, words }: RemoteDetail = {}): readonly string[] {
  return [
    ...(httpStatus === undefined ? [] : [`HTTP ${httpStatus}`]),
    ...(code === undefined ? [] : [code]),
    ...(requestId === undefined ? [] : [`request-id ${requestId}`]),
    ...(words === undefined ? [] : [words]),
  ];
}

function nextOf({ message: { id }, deliveries }: ToldMessage): string | undefined {
  const states = new Set(deliveries.map(({ state }) => state));
  const stays = `It stays in the queue (graphpost queue rm ${id} takes it out), and is tried`;
  if (states.has('unsure')) {
    return 'It may have been sent: it is looked for before it is sent again';
  }
  if (states.has('deferred') && deliveries.some(({ hold }) => hold !== undefined)) {
    return `${stays} now and then until somebody mends this`;
  }
  return states.has('deferred') || states.has('ready') ? `${stays} again` : undefined;
}
