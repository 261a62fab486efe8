// Who is told how a delivery ended, and about which recipients (RFC 3461 §4.1): the rules that keep reports from strangers and from loops.
import { addressKey, matchesAny, type Address, type AddressPattern } from './address.ts';
import type { Client } from './client.ts';
import type { DeliveryState } from './delivery.ts';
import type { Envelope } from './envelope.ts';
import { fieldsNamed, hasField } from './header-field.ts';
import type { HeaderFacts } from './message.ts';
import type { Route } from './route.ts';

export interface ReportRules {
  /** Reverse-paths that get reports, beside those among the `senders` of clients that had logged in. */
  readonly to: readonly AddressPattern[];
}

/** A delivery after an attempt. */
export interface DeliveryEnd {
  readonly message: {
    readonly client: Pick<Client, 'login' | 'senders'>;
    readonly envelope: Envelope;
    readonly isReport?: boolean;
    readonly isAutomatic?: boolean;
  };
  readonly route: Pick<Route, 'forwardPaths' | 'insteadOf'>;
  readonly state: DeliveryState;
}

export interface ReportAddresses {
  readonly reversePath: Address;
  /** At least one: those about whom it reports, by the names that the client gave them. */
  readonly forwardPaths: readonly Address[];
}

/** Whether the envelope asks for a report, and its sender may have one. `rules`: absent where reports are off. */
export function isReportWanted(end: DeliveryEnd, rules: ReportRules | undefined): boolean {
  return addressReport(end, rules) !== undefined;
}

/** undefined: nobody is to be told. */
export function addressReport(
  end: DeliveryEnd,
  rules: ReportRules | undefined,
): ReportAddresses | undefined {
  const { client, envelope, isReport = false, isAutomatic: isOfProgram = false } = end.message;
  const { reversePath } = envelope;
  if (rules === undefined || reversePath === null || isReport || isOfProgram) return undefined;
  if (!matchesAny(rules.to, reversePath) && !isOwn(reversePath, client)) return undefined;
  const forwardPaths = ownPaths(end).filter((path) => isAskedFor(path, end));
  return forwardPaths.length === 0 ? undefined : { reversePath, forwardPaths };
}

/**
 * Anybody can write a stranger's address into MAIL FROM; so can who has logged in, where `from.force` replaces what he
 * writes into From.
 */
function isOwn(
  reversePath: Address,
  { login, senders }: DeliveryEnd['message']['client'],
): boolean {
  return login !== undefined && matchesAny(senders, reversePath);
}

/** Those that the client gave. Whom a rule added, or put in their place, its sender must not learn. */
function ownPaths({ message, route }: DeliveryEnd): readonly Address[] {
  const given = new Set(message.envelope.forwardPaths.map(addressKey));
  return (route.insteadOf ?? route.forwardPaths).filter((path) => given.has(addressKey(path)));
}

/** Without NOTIFY, failure is told (RFC 3461 §4.1). */
function isAskedFor(forwardPath: Address, { message, state }: DeliveryEnd): boolean {
  const key = addressKey(forwardPath);
  const wish = message.envelope.reportWishes?.find((own) => addressKey(own.forwardPath) === key);
  const notify = wish?.notify ?? ['FAILURE'];
  if (state === 'failed') return notify.includes('FAILURE');
  return state === 'delivered' && notify.includes('SUCCESS');
}

/**
 * Whether a program wrote the message, perhaps in answer to another (RFC 3834 §5, RFC 6522): a report on it could be
 * answered without end.
 */
export function isAutomatic(header: HeaderFacts): boolean {
  const values = (name: string) => fieldsNamed(header, name).map(({ value }) => value.trim());
  return (
    hasField(header, 'X-Loop') ||
    values('Content-Type').some((value) => /^multipart\/report\b/i.test(value)) ||
    values('Precedence').some((value) => /^(bulk|list|junk)$/i.test(value)) ||
    values('Auto-Submitted').some((value) => !/^no\s*([;(]|$)/i.test(value))
  );
}
