import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import { formatReport } from './report-text.ts';

const recipient = address('ann@example.com');

describe('formatReport()', () => {
  test('lets nothing of the message give orders to a terminal', () => {
    const order = '\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\r';
    const text = formatReport({
      outcome: 'refused',
      client: 'erp',
      address: '10.0.0.5',
      mailFrom: `a${order}@contoso.com`,
      sizeBytes: 7,
      recipients: [
        {
          recipient,
          taken: 'default',
          rules: [
            {
              rule: 'odd',
              holds: false,
              when: {
                kind: 'property',
                holds: false,
                property: 'subject',
                values: [`x${order}`],
                tests: [{ text: 'is "y"', holds: false }],
              },
            },
          ],
        },
      ],
      routes: [],
      header: `Subject: x${order}`,
      reply: '550 5.7.1 No',
      refusedAt: 'DATA',
      diagnostic: `From "${order}" is not allowed`,
    });
    expect(text).toContain('Cause: From " ]0;title 2J " is not allowed\n');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
