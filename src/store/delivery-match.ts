// Whether a delivery is one of those that a filter means.
import type { Route } from '../core/route.ts';
import type { DeliveryFilter, StoredMessage } from '../relay/ports.ts';

/** What a filter asks about. The documents are read only where it asks about what is in them. */
export interface Candidate {
  readonly state: string;
  readonly connection: string;
  readonly lane: string;
  readonly receivedAt: number;
  message(): StoredMessage;
  route(): Route;
}

/** `ids` are not looked at: who has ids needs no search. Throws what the documents throw. */
export function createMatch(filter: DeliveryFilter): (candidate: Candidate) => boolean {
  const tests = [...rowTests(filter), ...documentTests(filter)];
  return (candidate) => tests.every((test) => test(candidate));
}

type Test = (candidate: Candidate) => boolean;

function rowTests(filter: DeliveryFilter): Test[] {
  const { state, connection, lane, receivedFrom, receivedBefore } = filter;
  return [
    ...testWhere(state, (wanted) => (each) => each.state === wanted),
    ...testWhere(connection, (wanted) => (each) => each.connection === wanted),
    ...testWhere(lane, (wanted) => (each) => each.lane === wanted),
    ...testWhere(receivedFrom, (from) => (each) => each.receivedAt >= from),
    ...testWhere(receivedBefore, (before) => (each) => each.receivedAt < before),
  ];
}

function documentTests(filter: DeliveryFilter): Test[] {
  const { client, route, messageId, subject, address } = filter;
  return [
    ...testWhere(route, (wanted) => (each) => each.route().rule === wanted),
    ...testWhere(client, (wanted) => (each) => each.message().client.name === wanted),
    ...testWhere(messageId, (wanted) => (each) => {
      const { messageId: leavesWith, reusedMessageId } = each.message();
      return leavesWith === wanted || reusedMessageId === wanted;
    }),
    ...testWhere(subject, (part) => {
      const isPart = createPartTest(part);
      return (each) => isPart(each.message().subject);
    }),
    ...testWhere(address, (part) => {
      const isPart = createPartTest(part);
      return (each) => {
        const { envelope, from } = each.message();
        return [envelope.reversePath ?? '', from, ...each.route().forwardPaths].some(isPart);
      };
    }),
  ];
}

function createPartTest(part: string): (text: string) => boolean {
  const wanted = part.toLowerCase();
  return (text) => text.toLowerCase().includes(wanted);
}

/** No test where the filter says nothing. */
function testWhere<T>(wanted: T | undefined, test: (wanted: T) => Test): Test[] {
  return wanted === undefined ? [] : [test(wanted)];
}
