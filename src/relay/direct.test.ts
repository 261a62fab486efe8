import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { address, pattern } from '../../test/support/addresses.ts';
import { lines } from '../../test/support/content.ts';
import { formatId } from '../core/id.ts';
import { deferred, delivered, failed, unsure, type Failed, type Outcome } from '../core/outcome.ts';
import type { Rule } from '../core/route.ts';
import { mime } from '../mime/mime.ts';
import { messageParts } from '../mime/part-port.ts';
import { BodyMemory } from './body-memory.ts';
import { Direct } from './direct.ts';
import type { Connection, Policy } from './policy.ts';
import { StoreError, type Acceptance, type Events, type LookUp, type Submission } from './ports.ts';

const ann = address('ann@example.com');
const bob = address('bob@example.com');

interface WorldOptions {
  readonly send: (submission: Submission, connection: string) => Outcome;
  readonly lookUp?: () => LookUp;
  /** Default: the one connection takes all. */
  readonly backup?: readonly string[];
  /** Bytes of uploads in five minutes, as which every message goes. Default: no message does, and there is no limit. */
  readonly uploadBytes?: number;
  /** As many as each send takes of them. Default: as many as were thought. */
  readonly usedBytes?: number;
  /** Asked before each reading of a body. */
  readonly onRead?: () => void;
}

/** A direct listener whose clock stands still until it is set; its rules part `bob` from all others. */
function createWorld({ send, lookUp, backup = [], uploadBytes, usedBytes, onRead }: WorldOptions) {
  const time = { now: 1_800_000_000_000 };
  const told: string[] = [];
  const reported: string[] = [];
  const connectionOf = (name: string): [string, Connection] => [
    name,
    {
      name,
      laneIdentity: { kind: 'connection', name },
      laneConcurrency: 4,
      sendAs: { kind: 'from' },
      saveToSentItems: true,
      ...(uploadBytes !== undefined && {
        pace: [{ measure: 'uploadBytes', amount: uploadBytes, windowMs: 300_000, key: 'x' }],
      }),
      transport: {
        maxMessageBytes: 1_000_000,
        async send(submission, { onUse }) {
          if (usedBytes !== undefined) onUse?.({ requests: 1, uploadBytes: usedBytes });
          return send(submission, name);
        },
        ...(uploadBytes !== undefined && { plan: () => undefined }),
        ...(lookUp && { lookUp: async () => lookUp() }),
      },
    },
  ];
  const action = { kind: 'send', via: 'main', backup, priority: 'normal' } as const;
  const ofBob: Rule = {
    name: 'bob',
    when: {
      property: 'recipient',
      tests: [{ operator: 'is', value: bob, caseSensitive: false }],
    },
    action: { ...action, priority: 'high' },
    bcc: [],
  };
  const policy: Policy = {
    from: { force: 'never', defaults: [], replyTo: 'original' },
    rules: [ofBob],
    fallback: { name: 'default', action, bcc: [] },
    needsContent: false,
    connections: new Map(['main', ...backup].map(connectionOf)),
  };
  let ids = 0;
  const direct = new Direct({
    mime,
    messageParts,
    contents: {
      open() {
        throw new Error('No rule asks for content');
      },
    },
    events: new Proxy({} as Events, { get: (_target, name) => () => void told.push(String(name)) }),
    clock: {
      now: () => time.now,
      async wait(delayMs, { signal }) {
        // Only the end of a client's patience is waited for.
        if (delayMs < 20_000 || signal.aborted) return;
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    },
    hostname: 'gateway',
    policy: () => policy,
    createId: () => formatId(time.now, Buffer.alloc(7, (ids += 1))),
    createDigest: () => {
      const hash = createHash('sha256');
      return { update: (piece) => void hash.update(piece), end: () => hash.digest('base64') };
    },
    bodies: new WatchedBodies(onRead),
    lookUpAfterMs: () => 100,
    async report({ delivery: { route } }) {
      reported.push(...route.forwardPaths);
    },
  });

  async function say(forwardPaths = [ann], text = 'It is open'): Promise<Acceptance> {
    const client = { name: 'door', ip: '::1', listener: 'l', ehlo: '', tls: false };
    const date = 'Date: Thu, 01 Jan 1970 00:00:00 +0000';
    const header = ['From: door@contoso.com', 'Message-ID: <door@here>', 'Subject: Door', date];
    const message = lines(...header, '', text);
    return await direct.accept({
      client: { ...client, senders: [pattern('*@contoso.com')] },
      envelope: { reversePath: address('door@contoso.com'), forwardPaths, smtpUtf8: false },
      content: (async function* () {
        yield Buffer.from(message);
      })(),
      refusal: () => undefined,
    });
  }
  return { say, time, told, reported };
}

class WatchedBodies extends BodyMemory {
  readonly #onRead: () => void;

  constructor(onRead: () => void = () => undefined) {
    super({ maxBytes: 1_000_000 });
    this.#onRead = onRead;
  }

  override createBody() {
    const body = super.createBody();
    const onRead = this.#onRead;
    return {
      get sizeBytes() {
        return body.sizeBytes;
      },
      write: (piece: Uint8Array) => body.write(piece),
      discard: () => body.discard(),
      content() {
        const content = body.content();
        return {
          sizeBytes: content.sizeBytes,
          read(range?: { readonly start?: number; readonly end?: number }) {
            onRead();
            return content.read(range);
          },
        };
      },
    };
  }
}

const tooLarge: Failed = failed('5.3.4', { reason: 'tooLarge', diagnostic: 'Too large' });
const denied = deferred('4.7.1', { reason: 'permission', diagnostic: 'No grant' });

describe('Direct', () => {
  test('reports the part that cannot be read after another was sent, and says 250', async () => {
    let sends = 0;
    const { say, told, reported } = createWorld({
      send() {
        sends += 1;
        return delivered('2.0.0');
      },
      onRead() {
        if (sends > 0) throw new StoreError('away', 'EIO');
      },
    });
    expect(await say([ann, bob])).toMatchObject({ kind: 'accepted' });
    expect([sends, reported]).toEqual([1, [bob]]);
    expect(told).toContain('fault');
  });

  test('says 451 where nothing can be read before anything was sent', async () => {
    let reads = 0;
    const { say, reported } = createWorld({
      send: () => delivered('2.0.0'),
      onRead() {
        reads += 1;
        throw new StoreError('away', 'EIO');
      },
    });
    expect(await say([ann, bob])).toMatchObject({ kind: 'deferred', status: '4.3.0' });
    expect([reads > 0, reported]).toEqual([true, []]);
  });

  test.each<[string, readonly string[]]>([
    ['by the connection of the first send', []],
    ['by a backup', ['spare']],
  ])(
    'doubts a send no more when its repetition was sent %s: the next is another message',
    async (_, backup) => {
      const sentBy: string[] = [];
      const answers = [
        unsure('4.4.2', { reason: 'timeout', diagnostic: 'No answer' }),
        ...(backup.length > 0 ? [denied] : []),
      ];
      const { say, time } = createWorld({
        send(_submission, connection) {
          const answer = answers.shift() ?? delivered('2.0.0');
          if (answer.kind === 'delivered') sentBy.push(connection);
          return answer;
        },
        lookUp: () => ({
          kind: 'copies',
          copies: sentBy.map((id) => ({ id, recipients: [ann], sentAt: time.now })),
        }),
        backup,
      });
      expect(await say()).toMatchObject({ kind: 'deferred' });
      expect(await say()).toMatchObject({ kind: 'accepted' });
      time.now += 7 * 86_400_000;
      expect(await say()).toMatchObject({ kind: 'accepted' });
      expect(sentBy).toEqual([backup[0] ?? 'main', 'main']);
    },
  );

  test.each<[string, Outcome, Outcome, object]>([
    ['the next takes it', tooLarge, delivered('2.0.0'), { kind: 'accepted' }],
    ['the next may later', tooLarge, denied, { kind: 'deferred' }],
    ['it may later, and the next never', denied, tooLarge, { kind: 'deferred' }],
    ['nobody takes it', tooLarge, tooLarge, { kind: 'failed', status: '5.3.4' }],
  ])('asks the backup for what is too large, and says so: %s', async (_, main, spare, said) => {
    const { say } = createWorld({
      send: (_submission, connection) => (connection === 'main' ? main : spare),
      backup: ['spare'],
    });
    expect(await say()).toMatchObject(said);
  });

  test('counts as upload what a send took, and not what it might have taken', async () => {
    const { say } = createWorld({
      send: () => delivered('2.0.0'),
      uploadBytes: 4_000,
      usedBytes: 900,
    });
    for (let number = 0; number < 2; number++)
      expect(await say([ann], 'x'.repeat(2_000))).toMatchObject({ kind: 'accepted' });
    expect(await say([ann], 'x'.repeat(2_500))).toMatchObject({ reason: 'throttled' });
  });

  test('keeps no room for the upload of a client that does not wait for it', async () => {
    const { say } = createWorld({ send: () => delivered('2.0.0'), uploadBytes: 4_000 });
    expect(await say([ann], 'x'.repeat(2_000))).toMatchObject({ kind: 'accepted' });
    expect(await say([ann], 'y'.repeat(3_000))).toMatchObject({ reason: 'throttled' });
    expect(await say([ann], 'z')).toMatchObject({ kind: 'accepted' });
  });
});
