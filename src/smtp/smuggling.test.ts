// One DATA is one message, whatever stands in it and however it is cut into segments.
import { describe, expect, test } from 'vitest';
import { startIntake, type Intake } from '../../test/dialogs/intake.ts';
import { connectGreeted, type RawClient } from '../../test/dialogs/raw-client.ts';

/** Each of them has ended a message for some server (https://www.smtpsmuggling.com). */
const falseEnds = [
  '\n.\n',
  '\n.\r',
  '\r.\n',
  '\r.\r',
  '\n.\r\n',
  '\r.\r\n',
  '\r\n.\r\r\n',
  '\r\r\n.\r\r\n',
  '\r\n\0.\r\n',
];

const secondTransaction = [
  'MAIL FROM:<evil@b.example>',
  'RCPT TO:<victim@c.example>',
  'DATA',
  'Subject: smuggled',
  '',
  'Evil',
  '.',
  '',
].join('\r\n');

/** Connected, and asked for the message. */
async function startData(intake: Intake): Promise<RawClient> {
  const client = await connectGreeted(intake.listener.address);
  await client.sayAll('EHLO me', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA');
  return client;
}

/** As one segment for each byte, as far as the system lets that happen. */
async function writeByteWise(client: RawClient, text: string): Promise<void> {
  for (const byte of Buffer.from(text, 'latin1')) await client.write(Uint8Array.of(byte));
}

describe.each([
  ['in one segment', (client: RawClient, text: string) => client.write(text)],
  ['byte by byte', writeByteWise],
])('a message %s', (_, write) => {
  test.each(falseEnds)('does not end at %j', async (falseEnd) => {
    await using intake = await startIntake();
    using client = await startData(intake);
    await write(client, `Subject: bait\r\n\r\nBait${falseEnd}${secondTransaction}`);
    const holdsNul = falseEnd.includes('\0');
    expect(await client.read()).toMatch(holdsNul ? /^554 5\.6\.0 / : /^250 2\.0\.0 queued /);
    expect(await client.say('QUIT')).toMatch(/^221 /);
    expect(intake.kept).toHaveLength(holdsNul ? 0 : 1);
    for (const { text } of intake.kept) {
      expect(text).toContain('MAIL FROM:<evil@b.example>');
      expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    }
  });

  test('keeps its dots, and loses those that were stuffed', async () => {
    await using intake = await startIntake();
    using client = await startData(intake);
    await write(client, '..\r\n...\r\n..x\r\nend..\r\n.\r\n');
    expect(await client.read()).toBe('250 2.0.0 queued as message-1');
    expect(intake.kept[0]?.text).toBe('.\r\n..\r\n.x\r\nend..\r\n');
  });
});

test('a first line of one dot, in a segment of its own, does not end a message', async () => {
  await using intake = await startIntake();
  using client = await startData(intake);
  await client.write('..');
  await client.write(`\r\n${secondTransaction}`);
  expect(await client.read()).toBe('250 2.0.0 queued as message-1');
  await client.say('QUIT');
  expect(intake.kept).toHaveLength(1);
});
