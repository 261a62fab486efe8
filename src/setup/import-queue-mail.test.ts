import { describe, expect, test } from 'vitest';
import { withoutAddedFields } from './import-queue-mail.ts';

async function restored(...lines: readonly string[]): Promise<readonly string[]> {
  const mail = await withoutAddedFields(Buffer.from(lines.join('\r\n')));
  return mail.toString().split('\r\n');
}

describe('withoutAddedFields()', () => {
  test('takes From and Bcc out of parts, and leaves the header of the message alone', async () => {
    const head = ['Bcc: hidden@example.com', 'From: app@contoso.com', 'To: ann@example.com'];
    const type = 'Content-Type: multipart/mixed; boundary=x';
    expect(
      await restored(
        ...[...head, type, '', 'preamble', '--x'],
        ...['Bcc: ann@example.com,', ' hidden@example.com', 'From: app@contoso.com'],
        ...['Content-Type: text/plain', '', 'See the  scan. ', '--x--', ''],
      ),
    ).toEqual([
      ...[...head, type, '', 'preamble', '--x'],
      ...['Content-Type: text/plain', '', 'See the  scan. ', '--x--', ''],
    ]);
  });

  test('leaves a message within the message alone', async () => {
    const mail = [
      ...['From: app@contoso.com', 'Content-Type: multipart/mixed; boundary=x', '', '--x'],
      ...['Content-Type: message/rfc822', 'Content-Disposition: inline', ''],
      ...['From: old@example.com', 'Bcc: seen@example.com', '', 'Old.', '--x--', ''],
    ];
    expect(await restored(...mail)).toEqual(mail);
  });

  test('leaves a message byte for byte that has nothing to take out', async () => {
    const mail = ['from:  app@contoso.com', 'X-Odd :1', 'Subject: =?utf-8?Q?a?=', '', 'é', '.', ''];
    expect(await restored(...mail)).toEqual(mail);
  });
});
