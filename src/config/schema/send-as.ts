// `sendAs`: which Exchange mailbox a message leaves from.
import { z } from 'zod';
import { parseAddress, parseAddressPattern } from '../../core/address.ts';
import type { SendAs } from '../../core/send-as.ts';

const expected =
  'must be "from", the address of a mailbox, or a map from address patterns to these';

type Target = Extract<SendAs, { kind: 'map' }>['entries'][number]['sendAs'];

const target = z.string().transform((text, context): Target => {
  const mailbox = text === 'from' ? 'from' : parseAddress(text);
  if (mailbox !== undefined) return mailbox;
  context.addIssue({ code: 'custom', message: 'must be "from", or the address of a mailbox' });
  return z.NEVER;
});

const mailboxMap = z.record(z.string(), target).transform((map, context): SendAs => {
  const entries = Object.entries(map).flatMap(([text, sendAs]) => {
    const from = parseAddressPattern(text);
    if (from !== undefined) return [{ from, sendAs }];
    const message = 'must be an address pattern, such as news@contoso.com, *@contoso.com or *';
    context.addIssue({ code: 'custom', message, path: [text], params: { isKey: true } });
    return [];
  });
  return { kind: 'map', entries };
});

const single = target.transform((mailbox): SendAs =>
  mailbox === 'from' ? { kind: 'from' } : { kind: 'mailbox', mailbox },
);

export const sendAs = z
  .union([single, mailboxMap], { error: expected })
  .meta({ title: '`from`, mailbox or map' })
  .describe(
    'The mailbox that the mail leaves from: `from` (the From address after forcing), one mailbox, or a map such as `{ "news@contoso.com": relay@contoso.com, "*": from }`.',
  );
