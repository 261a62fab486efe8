// A process that works on a queue file until it is killed, and says on standard output what the store acknowledged.
// Arguments: the file, and the number of the first message.
import {
  outcomes,
  record,
  sampleBytes,
  sampleDelivery,
  sampleMessage,
} from '../contract/store-samples.ts';
import { claim, lane } from '../contract/store-samples.ts';
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
    const message = sampleMessage(number, { sizeBytes, subject });
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
  }
}

async function deliver(): Promise<never> {
  for (;;) {
    for (const each of await claim(store, { limit: 5 })) {
      const isGood = Number(each.message.subject) % 2 === 0;
      const outcome = isGood ? outcomes.delivered : outcomes.deferred;
      const isRecorded = await record(store, { claim: each, outcome });
      if (isRecorded && isGood) say(`delivered ${each.message.id}`);
    }
  }
}

say('open');
await Promise.all([...Array.from({ length: writers }, write), deliver()]);
