import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { toDeliveryJson, toMessageJson } from '../http/message-json.ts';
import { fakeMessage } from '../../test/support/fake-queue.ts';
import { ApiProblem, type QueueApi } from './queue-api.ts';
import { messagesOf, type Replayed } from './replayed-messages.ts';

const raw = Buffer.from('From: a\r\n\r\nx\r\n');

/** A queue of three messages, whose second has lost something since it was listed. */
function shrinking(lost: Partial<Pick<QueueApi, 'show' | 'raw'>>) {
  const records = ['q1', 'q2', 'q3'].map((id) => fakeMessage({ id, raw, receivedAt: 0 }));
  const ask: Pick<QueueApi, 'list' | 'show' | 'raw'> = {
    async *list() {
      yield* records.flatMap(({ deliveries }) => deliveries.map(toDeliveryJson));
    },
    async show(id) {
      if (id === 'q2' && lost.show) return await lost.show(id);
      const record = records.find(({ message }) => message.id === id);
      if (!record) throw new ApiProblem(404, 'Not found');
      return toMessageJson(record);
    },
    async raw(id) {
      return id === 'q2' && lost.raw ? await lost.raw(id) : Readable.from([raw]);
    },
  };
  return ask;
}

async function collect(messages: AsyncIterable<Replayed>): Promise<readonly Replayed[]> {
  const all: Replayed[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

const answer = (status: number) => () => Promise.reject(new ApiProblem(status, 'No'));

describe('messagesOf()', () => {
  test.each([
    ['a message that is gone', { show: answer(404) }],
    ['a body that is gone with its message', { raw: answer(404) }],
    ['a body that is gone', { raw: answer(409) }],
  ])('goes on past %s', async (_what, lost) => {
    const found = await collect(messagesOf(shrinking(lost)));
    expect(found.map((message) => [message.name.slice(0, 2), message.raw !== undefined])).toEqual([
      ['q1', true],
      ['q2', false],
      ['q3', true],
    ]);
  });

  test('ends with any other trouble', async () => {
    const messages = messagesOf(shrinking({ raw: answer(503) }));
    await expect(collect(messages)).rejects.toThrow(ApiProblem);
  });
});
