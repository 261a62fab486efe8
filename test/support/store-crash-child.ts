// A process that works on a queue file until it is killed, and says on standard output what the store acknowledged.
// Arguments: the file, and the number of the first message.
import {
  claim,
  commit,
  lane,
  outcomes,
  sampleBytes,
  sampleDelivery,
  sampleMessage,
  sampleResult,
} from '../contract/store-samples.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import type { Claim, NewDelivery, StoredMessage } from '../../src/relay/ports.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

const [file = '', first = '1'] = process.argv.slice(2);
const writers = 12;
const events = { storeCommitted() {}, fault() {} };
const store = await openSqliteStore({ file, keepBodies: false, events });
let nextNumber = Number(first);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Mostly small bodies, now and then one of several chunks. */
function sizeOf(number: number): number {
  return number % 7 === 0 ? 300_000 + (number % 50) * 10_000 : (number * 131) % 9000;
}

async function write(): Promise<never> {
  for (;;) {
    const number = nextNumber;
    nextNumber += 1;
    const sizeBytes = sizeOf(number);
    const subject = String(number);
    const message = sampleMessage(number, { sizeBytes, subject, from: '' });
    const body = store.createBody(message.id);
    await body.write(sampleBytes(sizeBytes, number));
    if (number % 11 === 0) {
      await body.discard();
      continue;
    }
    const lanes = ['a', 'b', 'c'].map(lane);
    const delivery = { lane: lanes[number % 3] ?? lane('a'), laneConcurrency: 100_000 };
    await store.commit(message, [sampleDelivery(message, delivery)], body);
    say(`committed ${message.id}`);
    if (number % 13 === 0) await replace(message, delivery);
  }
}

/** Two in the place of the first. */
async function replace(message: StoredMessage, change: Partial<NewDelivery>): Promise<void> {
  const others = [1, 2].map((position) => sampleDelivery(message, { position, ...change }));
  const seen = { fence: 0, state: 'ready' } as const;
  await store.replace(`${message.id}0`, others, seen);
}

/** The sender is told of a failure: from then on its report is not due any more. */
async function report({ delivery }: Claim): Promise<void> {
  const number = nextNumber;
  nextNumber += 1;
  const message = { subject: String(number), isReport: true, from: delivery.id };
  await commit(store, { number, message, reportOf: delivery.id });
}

function outcomeOf(number: number): Outcome {
  if (number % 2 === 0) return outcomes.delivered;
  return number % 5 === 0 ? outcomes.failed : outcomes.deferred;
}

async function deliver(): Promise<never> {
  for (;;) {
    for (const each of await claim(store, { limit: 5 })) {
      const outcome = outcomeOf(Number(each.message.subject));
      const { attempt, change } = sampleResult(each, { outcome });
      const reportDue = outcome.kind === 'failed';
      const isRecorded = await store.record(each, attempt, { ...change, reportDue });
      if (isRecorded && outcome.kind === 'delivered') say(`delivered ${each.delivery.id}`);
      if (isRecorded && reportDue) await report(each);
    }
  }
}

say('open');
await Promise.all([...Array.from({ length: writers }, write), deliver()]);
