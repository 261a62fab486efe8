// Test e-mails, wired: over one connection, or into a listener as an app would hand them over.
import type { Config } from './config/config.ts';
import type { MailTester, TestMailReport } from './core/test-mail.ts';
import { createIds } from './gateway-ids.ts';
import type { Parts } from './gateway-parts.ts';
import { hasQueue } from './gateway-store.ts';
import { toMail } from './gateway-test-question.ts';
import { testBySmtp, type SmtpTestParts } from './gateway-test-smtp.ts';
import { mime } from './mime/mime.ts';
import { messageParts } from './mime/part-port.ts';
import { createAccept } from './relay/accept.ts';
import { BodyMemory } from './relay/body-memory.ts';
import { Direct } from './relay/direct.ts';
import type { Policy } from './relay/policy.ts';
import type { Acceptance, Clock, ContentReader, Events, Store } from './relay/ports.ts';
import { composeTestMail, testPolicy, testTransaction, type TestMail } from './relay/test-mail.ts';
import { errorOfOutcome, reportOfTest, type ToldMessage } from './relay/test-mail-report.ts';

export interface MailTesterParts extends SmtpTestParts {
  readonly clock: Clock;
  readonly events: Events;
  readonly policy: () => Policy;
  /** Absent: there is no queue, and test e-mails go at once. */
  readonly queue?: {
    readonly store: Store;
    /** Called when a delivery waits. */
    readonly onDue: () => void;
  };
}

/** Of a gateway that runs. */
export function createGatewayTester({
  listeners,
  live,
  store,
  holds,
  runner,
  ...parts
}: Parts & Pick<MailTesterParts, 'listeners'>): MailTester {
  const onDue = () => {
    holds.tryNow();
    runner.nudge();
  };
  return createMailTester({
    ...parts,
    listeners,
    config: () => live.current.config,
    policy: () => live.current.policy,
    ...(hasQueue(live.current.config) && { queue: { store, onDue } }),
  });
}

export function createMailTester(parts: MailTesterParts): MailTester {
  return {
    async send(question) {
      if (question.way.kind === 'smtp') return await testBySmtp(question, parts);
      const mail = toMail(question, parts.config());
      return 'fault' in mail ? mail : await sendOver(question.way.name, mail, parts);
    },
    async look(id) {
      const record = await parts.queue?.store.find(id);
      return record && reportOfTest(record, { sending: sendingOf(record, parts.config()) });
    },
  };
}

/** What the configuration says of all mail, where this one waits for it. */
function sendingOf({ deliveries }: ToldMessage, { sending }: Config): 'hold' | 'drop' | undefined {
  return deliveries.some(({ history }) => history.length > 0) ? undefined : sending;
}

/** By the queue; at once where there is none, and while nothing leaves it. */
async function sendOver(
  connection: string,
  mail: TestMail,
  parts: MailTesterParts,
): Promise<TestMailReport> {
  const { queue, config } = parts;
  return queue && config().sending === undefined
    ? await sendByQueue(connection, mail, { ...parts, queue })
    : await sendAtOnce(connection, mail, parts);
}

type QueuedParts = MailTesterParts & Required<Pick<MailTesterParts, 'queue'>>;

async function sendByQueue(
  connection: string,
  mail: TestMail,
  { queue: { store, onDue }, ...parts }: QueuedParts,
): Promise<TestMailReport> {
  const accept = createAccept({
    ...intakeOf(connection, mail, parts),
    store,
    onAccepted: onDue,
  });
  const acceptance = await accept(testTransaction(composeTestMail(mail, { mime }), mail));
  if (acceptance.kind !== 'accepted') return refused(acceptance, parts.clock.now());
  const record = await store.find(acceptance.id);
  return record ? reportOfTest(record) : { state: 'underWay', id: acceptance.id, steps: [] };
}

/** Nothing of it is kept. */
async function sendAtOnce(
  connection: string,
  mail: TestMail,
  parts: MailTesterParts,
): Promise<TestMailReport> {
  let told: ToldMessage | undefined;
  const intake = intakeOf(connection, mail, parts);
  const direct = new Direct({
    ...intake,
    events: {
      ...parts.events,
      attempted(event) {
        parts.events.attempted(event);
        const { message, delivery } = event.claim;
        const { route, connection: via } = delivery;
        const { state } = event.change;
        const own = { route: route.rule, connection: via, forwardPaths: route.forwardPaths };
        told = {
          message,
          deliveries: [...(told?.deliveries ?? []), { ...own, state, history: [event.attempt] }],
        };
      },
    },
    bodies: new BodyMemory({ maxBytes: maxTestBytes }),
    lookUpAfterMs: () => lookUpAfterMs,
    report: () => Promise.resolve(),
  });
  const acceptance = await direct.accept(testTransaction(composeTestMail(mail, { mime }), mail));
  await direct.stop({ graceMs: 0 });
  if (told) return atOnce(told);
  return acceptance.kind === 'accepted'
    ? { state: 'delivered', id: acceptance.id, steps: [] }
    : refused(acceptance, parts.clock.now());
}

const maxTestBytes = 262_144;
/** A mailbox shows what was sent only after a while. */
const lookUpAfterMs = 5_000;

/** No queue keeps it: nothing more becomes of it. */
function atOnce(told: ToldMessage): TestMailReport {
  const { next: _, steps, ...report } = reportOfTest(told);
  return { ...report, steps: steps.filter(({ what }) => !what.startsWith('Queued as ')) };
}

function intakeOf(connection: string, { hostname }: TestMail, parts: MailTesterParts) {
  const { clock, events, policy } = parts;
  const inForce = testPolicy(policy(), connection);
  return {
    ...{ clock, events, hostname, mime, messageParts, contents: noContents },
    policy: () => inForce,
    createId: createIds(clock),
  };
}

const noContents: ContentReader = {
  open() {
    throw new Error('No rule asks for the content of a test e-mail');
  },
};

function refused(refusal: Exclude<Acceptance, { kind: 'accepted' }>, time: number): TestMailReport {
  const what = `Refused here: ${refusal.status}`;
  return { state: 'undelivered', steps: [{ time, what }], error: errorOfOutcome(refusal) };
}
