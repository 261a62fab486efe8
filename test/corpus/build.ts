// A message of the corpus as it is handed over, with the fields that its sender would write.
import { lines } from './entity.ts';
import type { CorpusMessage } from './messages.ts';

/** The whole message. Who it is for stands in its own To, so that each is found again. */
export function build({ fields, without, root, name }: CorpusMessage, to: string): string {
  const usual = {
    From: 'Ann <ann@contoso.com>',
    To: `<${to}>`,
    Subject: name,
    Date: 'Mon, 23 Nov 2026 10:00:00 +0000',
    'Message-ID': `<${to}>`,
    'MIME-Version': '1.0',
  };
  const kept = Object.entries(usual).filter(([key]) => !without.some((gone) => gone === key));
  return lines(...kept.map(([key, value]) => `${key}: ${value}`), ...fields) + root;
}
