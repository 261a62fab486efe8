// A disk that runs full: new mail is told to wait, what was accepted stays, and it heals by itself when there is room.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { handOverOne } from '../crash/hand-over.ts';
import { impatientQueue, untilEmpty } from '../crash/queue.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { createSmallDisk, whyNoSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { until } from '../support/until.ts';

const reason = whyNoSmallDisk();

describe.skipIf(reason !== undefined)(`a full disk${reason ? ` (${reason})` : ''}`, () => {
  let sandbox: Sandbox;
  let disk: SmallDisk;
  let gateway: GatewayProcess;
  let graphIsAway = false;
  let sent = 0;

  beforeEach(async () => {
    graphIsAway = true;
    const limits = { uploadBytesPer5Minutes: Infinity };
    sandbox = await createSandbox({ now: Date.now, limits });
    sandbox.faults.next({ status: 503 }, { times: Infinity, match: () => graphIsAway });
    disk = await createSmallDisk({ megabytes: 64 });
    const changes = { queue: impatientQueue(`sqlite:${disk.folder}/graphpost.db`) };
    gateway = await createGatewayProcess(sandbox, { changes, launcher: disk.launcher });
    await gateway.start();
  });

  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
    await disk[Symbol.asyncDispose]();
    await sandbox[Symbol.asyncDispose]();
  });

  async function handOver(bodyBytes: number): Promise<{ id: string; reply: string | undefined }> {
    sent += 1;
    const id = `message ${sent}`;
    const { smtpPort: port } = gateway;
    // Each from a mailbox of its own: what one may upload in five minutes is soon used up by attempts that fail.
    const sender = `app${sent}@contoso.com`;
    return { id, reply: await handOverOne({ port, sender, id, bodyBytes }) };
  }

  /** Hands over messages of 1 MB until one is refused; returns the ids of the others, and the last reply. */
  async function handOverUntilRefused({ atMost = Infinity } = {}) {
    const accepted: string[] = [];
    for (;;) {
      const { id, reply = '' } = await handOver(1_000_000);
      if (!reply.startsWith('250')) return { accepted, reply };
      accepted.push(id);
      if (accepted.length === atMost) return { accepted, reply };
    }
  }

  function subjects(): readonly string[] {
    return sandbox.mailbox
      .list()
      .map(({ subject }) => subject)
      .toSorted();
  }

  test('answers 452 to the message that has no room, and keeps those that it had accepted', async () => {
    const { accepted, reply } = await handOverUntilRefused();
    expect(reply).toMatch(/^452 4\.3\.1 /);
    expect(accepted.length).toBeGreaterThan(5);
    graphIsAway = false;
    await untilEmpty(gateway, { withinMs: 60_000 });
    expect(subjects()).toEqual(accepted.toSorted());
  }, 90_000);

  test('takes new mail again when what it had is gone', { timeout: 90_000 }, async () => {
    await handOverUntilRefused();
    graphIsAway = false;
    await untilEmpty(gateway, { withinMs: 60_000 });
    const isTaken = async () => (await handOver(1_000_000)).reply?.startsWith('250') === true;
    await expect.poll(isTaken, { timeout: 5_000 }).toBe(true);
  });

  test('that others have filled answers 452, lets a killed gateway start again, and heals when they make room', async () => {
    const first = await handOver(100_000);
    expect(first.reply).toMatch(/^250 /);
    await disk.fill();
    expect((await handOver(100_000)).reply).toMatch(/^452 4\.3\.1 /);
    await gateway.stop('SIGKILL');
    await gateway.start();
    expect((await handOver(10)).reply).toMatch(/^452 4\.3\.1 /);
    await disk.clear();
    await until(async () => (await handOver(10)).reply?.startsWith('250') === true);
    graphIsAway = false;
    await untilEmpty(gateway, { withinMs: 60_000 });
    expect(subjects()).toEqual([first.id, `message ${sent}`].toSorted());
  }, 90_000);

  test.each(['goes on', 'is killed and starts again'])(
    'that others have filled lets a gateway with a full log send what it has: it %s',
    async (how) => {
      // Graph says nothing, so nothing is written but the messages: the log holds all of them, and is not emptied yet.
      const { promise, resolve: answer } = Promise.withResolvers<undefined>();
      graphIsAway = false;
      let isSilent = true;
      sandbox.faults.next(
        { status: 503, until: promise },
        { times: Infinity, match: () => isSilent },
      );
      const { accepted, reply } = await handOverUntilRefused({ atMost: 9 });
      expect(reply).toMatch(/^250 /);
      await disk.fill();
      if (how !== 'goes on') {
        await gateway.stop('SIGKILL');
        await gateway.start();
      }
      isSilent = false;
      answer(undefined);
      await untilEmpty(gateway, { withinMs: 60_000 });
      expect(subjects()).toEqual(accepted.toSorted());
    },
    90_000,
  );
});
