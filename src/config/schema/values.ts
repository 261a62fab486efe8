// The kinds of values that the blocks of the configuration are made of. Their `title` is their type in the documentation.
import { z } from 'zod';
import { parseAddress, parseAddressPattern } from '../../core/address.ts';
import { parseEndpoint } from '../endpoint.ts';
import { parseNetwork } from '../networks.ts';
import { patternFault } from '../pattern.ts';
import { parseDuration, parseShare, parseSize } from '../quantity.ts';

interface Kind {
  readonly title: string;
  /** Goes on "must be …". */
  readonly expected: string;
}

/** A text that `parse` understands. */
function parsed<T>(parse: (text: string) => T | undefined, { title, expected }: Kind) {
  return z
    .string()
    .transform((text, context): T => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: `must be ${expected}` });
      return z.NEVER;
    })
    .meta({ title });
}

/** A text that fits a regular expression; the editor checks it too. */
function shaped(pattern: RegExp, { title, expected }: Kind) {
  return z
    .string()
    .regex(pattern, { error: `must be ${expected}` })
    .meta({ title });
}

/** As `shaped`, with an expression that not every reader of JSON Schema knows. */
function fitting(pattern: RegExp, { title, expected }: Kind) {
  return z
    .string()
    .refine((text) => pattern.test(text), { error: `must be ${expected}` })
    .meta({ title });
}

/** A plain number of bytes, or a size with its unit. */
export const size = z
  .union([z.int().min(1), z.string()], { error: 'must be a size, such as 35MB or 32MiB' })
  .transform((value, context) => {
    const bytes = typeof value === 'number' ? value : parseSize(value);
    if (bytes !== undefined) return bytes;
    context.addIssue({ code: 'custom', message: 'must be a size, such as 35MB or 32MiB' });
    return z.NEVER;
  })
  .meta({ title: 'size' });

export const duration = parsed(parseDuration, {
  title: 'duration',
  expected: 'a duration, such as 30s, 5m, 2h or 2d',
});

export const share = parsed(parseShare, {
  title: 'percentage',
  expected: 'a percentage, such as 10%',
});

export const endpoint = parsed(parseEndpoint, {
  title: 'host:port',
  expected: 'host:port with a port from 0 to 65535, such as 127.0.0.1:2525 or [::1]:2525',
});

export const address = parsed(parseAddress, {
  title: 'e-mail address',
  expected: 'an e-mail address, such as app@contoso.com',
});

export const addressPattern = parsed(parseAddressPattern, {
  title: 'address pattern',
  expected: 'an address pattern, such as app@contoso.com, *@contoso.com, root@* or *',
});

export const network = parsed(parseNetwork, {
  title: 'network',
  expected: 'a network or an IP address, such as 10.0.0.0/8, fd00::/8 or 192.0.2.7',
});

export const pattern = z
  .string()
  .superRefine((text, context) => {
    const fault = patternFault(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: `bad pattern: ${fault}` });
  })
  .meta({ title: 'RE2 pattern' });

/** What labels metrics and stands in logs. */
export const name = fitting(/^[^\p{Cc}\s]([^\p{Cc}]{0,62}[^\p{Cc}\s])?$/u, {
  title: 'name',
  expected: 'a name of 1 to 64 characters, without line breaks or spaces around it',
});

export const hostname = shaped(
  /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/,
  { title: 'host name', expected: 'a host name, such as relay.example.com' },
);

/** One line: what goes into a header field or an SMTP reply. */
export const line = fitting(/^[^\p{Cc}]{1,998}$/u, { title: 'text', expected: 'one line of text' });

/** RFC 5322 §3.6.8: printable US-ASCII without the colon. */
export const headerName = shaped(/^[!-9;-~]+$/, {
  title: 'header field name',
  expected: 'the name of a header field, such as X-Route',
});

export const path = z.string().min(1, { error: 'must be a path' }).meta({ title: 'path' });

export const secret = z.string().min(1, { error: 'must not be empty' }).meta({ title: 'secret' });

export const httpsOrigin = parsed(parseHttpsOrigin, {
  title: 'https origin',
  expected: 'an https origin, such as https://graph.microsoft.com, without a path',
});

export const webUrl = parsed(parseWebUrl, {
  title: 'https URL',
  expected: 'a URL that begins with https:// (http:// for this machine alone)',
});

export const date = parsed(parseDate, {
  title: 'date',
  expected: 'a date, such as 2027-11-01',
});

/** How many of something: a whole number from 1. */
export const count = z.int().min(1);

function parseHttpsOrigin(text: string): string | undefined {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined;
  return url.pathname === '/' && url.search === '' && url.hash === '' ? url.origin : undefined;
}

function parseWebUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return undefined;
  return url.protocol === 'https:' || url.protocol === 'http:' ? text : undefined;
}

/** Epoch ms of the start of that day, UTC; of the time itself, where there is one. */
function parseDate(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text)) return undefined;
  const epochMs = Date.parse(text);
  // Date.parse takes the 31st of February for a day in March.
  const isOnCalendar =
    !Number.isNaN(epochMs) && new Date(epochMs).toISOString().startsWith(text.slice(0, 10));
  return isOnCalendar ? epochMs : undefined;
}
