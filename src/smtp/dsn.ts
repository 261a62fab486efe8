// What a client asks of reports on its message: the parameters of RFC 3461 on MAIL and RCPT.
import type { Address } from '../core/address.ts';
import type { ReportWish } from '../core/envelope.ts';
import type { Reply } from './reply.ts';

/** RFC 3461 §4.4 and §5.2. */
const longest: ReadonlyMap<string, number> = new Map([
  ['ENVID', 100],
  ['ORCPT', 500],
]);

/**
 * Looks at ENVID and ORCPT before anybody decodes them.
 * `parameters`: what follows the path, as the client wrote it.
 */
export function checkXtext(parameters: string): Reply | undefined {
  for (const parameter of parameters.trim().split(/\s+/)) {
    const [keyword = '', ...values] = parameter.split('=');
    const most = longest.get(keyword.toUpperCase());
    if (most === undefined) continue;
    const value = values.join('=');
    if (value.length > most || !isXtext(value)) return badParameter(keyword.toUpperCase());
  }
  return undefined;
}

/** RFC 3461 §4, but for `=`, whose meaning is clear. What it stands for must be printable. */
function isXtext(text: string): boolean {
  if (!/^(?:[^\s+]|\+[0-9A-F]{2})*$/.test(text)) return false;
  const decoded = text.replace(/\+([0-9A-F]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  // RFC 6533 lets the letters of an SMTPUTF8 address stand as they are, but hides none.
  return !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffd]/u.test(decoded);
}

function badParameter(keyword: string): Reply {
  return { code: 501, status: '5.5.4', text: `The ${keyword} parameter is not valid` };
}

/** As the library gives it. */
export interface RecipientDsn {
  readonly notify?: readonly string[] | undefined;
  readonly orcpt?: string | undefined;
}

/** undefined when nothing was asked for. */
export function toReportWish(
  forwardPath: Address,
  { notify, orcpt }: RecipientDsn,
): ReportWish | undefined {
  if (notify === undefined && orcpt === undefined) return undefined;
  return {
    forwardPath,
    ...(notify && { notify: notify.filter(isNotify) }),
    ...(orcpt !== undefined && { orcpt }),
  };
}

type Notify = NonNullable<ReportWish['notify']>[number];

const notifyWords: ReadonlySet<string> = new Set<Notify>(['NEVER', 'SUCCESS', 'FAILURE', 'DELAY']);

function isNotify(word: string): word is Notify {
  return notifyWords.has(word);
}
