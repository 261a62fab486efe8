import { describe, expect, onTestFinished, test } from 'vitest';
import { contentOf, lines } from '../../test/support/content.ts';
import {
  startGraphSandbox,
  submissionOf,
  type GraphSandbox,
} from '../../test/support/graph-sandbox.ts';
import type { Submission } from '../relay/ports.ts';

const { signal: never } = new AbortController();

async function start(): Promise<GraphSandbox> {
  const graph = await startGraphSandbox();
  onTestFinished(() => graph[Symbol.asyncDispose]());
  return graph;
}

function submission(messageId = '<1@contoso.com>', changes: Partial<Submission> = {}): Submission {
  const content = contentOf(
    lines(
      'From: ann@contoso.com',
      'To: bob@example.com',
      'Bcc: cy@example.com',
      `Message-ID: ${messageId}`,
      '',
      'Hello',
    ),
  );
  return submissionOf(content, { messageId, ...changes });
}

async function lookUp(graph: GraphSandbox, sought: Submission) {
  return await graph.createTransport().lookUp?.(sought, { signal: never });
}

describe('lookUp()', () => {
  test('finds no message that was not sent', async () => {
    const graph = await start();
    expect(await lookUp(graph, submission())).toEqual({ kind: 'notFound' });
    expect(graph.sandbox.violations).toEqual([]);
  });

  test.each(['<1@contoso.com>', "<o'neil+%&=?#@contoso.com>"])(
    'finds the copies of %s, with their recipients',
    async (messageId) => {
      const graph = await start();
      await graph.createTransport().send(submission(messageId), { signal: never });
      await graph.createTransport().send(submission('<other@contoso.com>'), { signal: never });
      const copy = { id: expect.any(String), recipients: ['bob@example.com', 'cy@example.com'] };
      expect(await lookUp(graph, submission(messageId))).toEqual({
        kind: 'copies',
        copies: [expect.objectContaining(copy)],
      });
      expect(graph.sandbox.violations).toEqual([]);
    },
  );

  test('reads a copy with as many recipients as Exchange allows', async () => {
    const graph = await start();
    const recipients = Array.from(
      { length: 500 },
      (_, at) => `somebody.with.a.long.name.${at}@department.example.com`,
    );
    const content = contentOf(
      lines(
        'From: ann@contoso.com',
        `To: ${recipients.join(',\r\n ')}`,
        'Message-ID: <1@contoso.com>',
        '',
        'Hello',
      ),
    );
    await graph.createTransport().send(submissionOf(content), { signal: never });
    expect(await lookUp(graph, submission())).toEqual({
      kind: 'copies',
      copies: [expect.objectContaining({ id: expect.any(String), recipients })],
    });
  });

  test('reads on where a page of copies is full', async () => {
    const graph = await start();
    for (let sent = 0; sent < 51; sent++) {
      await graph.createTransport().send(submission(), { signal: never });
    }
    const found = await lookUp(graph, submission());
    expect(found).toMatchObject({ kind: 'copies' });
    expect(found?.kind === 'copies' && found.copies).toHaveLength(51);
  });

  test('knows a message that bears the id of its delivery', async () => {
    const graph = await start();
    graph.sandbox.faults.next({ status: 413 });
    await graph.createTransport().send(submission(), { signal: never });
    expect(await lookUp(graph, submission())).toEqual({ kind: 'sent' });
    expect(await lookUp(graph, submission(undefined, { deliveryId: 'd2-1' }))).toMatchObject({
      kind: 'copies',
    });
  });

  test('takes no draft for a sent message', async () => {
    const graph = await start();
    graph.sandbox.faults.next({ status: 413 });
    const isSend = { match: ({ path }: { path: string }) => path.endsWith('/send') };
    graph.sandbox.faults.next({ cut: 'after', carriedOut: false }, isSend);
    const outcome = await graph.createTransport().send(submission(), { signal: never });
    expect(outcome.kind).toBe('unsure');
    expect(await lookUp(graph, submission())).toEqual({ kind: 'notFound' });
  });

  test('says that it may not look', async () => {
    const graph = await start();
    graph.sandbox.permissions.delete('Mail.ReadWrite');
    expect(await lookUp(graph, submission())).toEqual({
      kind: 'notPermitted',
      diagnostic: expect.stringContaining('Mail.ReadWrite'),
    });
  });

  test.each([
    ['the first search', 0],
    ['the second search', 1],
  ])('does not know when %s has no answer', async (_what, earlier) => {
    const graph = await start();
    for (let times = 0; times < earlier; times++) graph.sandbox.faults.next({});
    graph.sandbox.faults.next({ cut: 'before' });
    expect(await lookUp(graph, submission())).toMatchObject({ kind: 'unknown' });
  });

  test.each(['<html>', '{}', '{"value": 1}', '{"value": [1]}'])(
    'takes %s for no proof',
    async (body) => {
      const graph = await start();
      graph.sandbox.faults.next({ status: 200, body }, { times: 2 });
      const { kind } = (await lookUp(graph, submission())) ?? {};
      expect(kind).not.toBe('notFound');
    },
  );
});
