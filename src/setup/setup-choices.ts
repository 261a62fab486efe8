// What setup is asked to make: read from flags, all faults at once.
import { parseAddress, type Address } from '../core/address.ts';

export type CloudName = 'global' | 'usgov' | 'dod' | 'china' | 'custom';

/** Where Entra and Graph are, as origins. */
export interface Cloud {
  readonly name: CloudName;
  readonly authority: string;
  readonly graph: string;
}

export type SetupChoices = WorkChoices | PersonalChoices;

interface SharedChoices {
  /** Of the app; it is found again by it. */
  readonly name: string;
  /** Of the connection in the configuration. */
  readonly connection: string;
  readonly cloud: Cloud;
  /** Domain or GUID; absent: that of the administrator who signs in. */
  readonly tenant?: string;
  readonly largeMessages: boolean;
}

/** A work or school tenant: the gateway sends as the app. */
export interface WorkChoices extends SharedChoices {
  readonly kind: 'work';
  /** Those that mail leaves from; the first is the default sender. */
  readonly mailboxes: readonly [Address, ...Address[]];
  readonly credential: CredentialChoice;
  readonly permission: PermissionChoice;
  /** The public client that the administrator signs in with, where it is not the usual one. */
  readonly signInClientId?: string;
}

/** Outlook.com: the gateway sends as a user who signs in. */
export interface PersonalChoices extends SharedChoices {
  readonly kind: 'personal';
  readonly account: Address;
  /** An app that is there already; absent: one is made in a tenant. */
  readonly clientId?: string;
}

export type CredentialChoice =
  | { readonly kind: 'certificate'; readonly days: number }
  | { readonly kind: 'secret'; readonly days: number }
  | { readonly kind: 'federatedToken'; readonly issuer: string; readonly subject: string }
  | {
      readonly kind: 'managedIdentity';
      /** `system`, or the client id of a user-assigned one. */
      readonly identity: string;
      /** Object id of its service principal, without which the system's own cannot be found. */
      readonly principalId?: string;
    };

export type PermissionChoice =
  /** By role-based access control in Exchange: in these mailboxes, or those of an administrative unit (its id). */
  | { readonly kind: 'exchange'; readonly administrativeUnit?: string }
  /** By an app role in Entra: in all mailboxes of the tenant. */
  | { readonly kind: 'grant' }
  /** The same, by somebody else, on a page of Entra. */
  | { readonly kind: 'consent' };

export const credentialKinds = ['certificate', 'secret', 'federated', 'managed-identity'] as const;
export const places = ['here', 'kubernetes', 'azure'] as const;

/** As they come from the command line, or from answers. */
export interface SetupFlags {
  readonly outlook?: string;
  readonly mailbox?: readonly string[];
  readonly largeMessages?: boolean;
  readonly runs?: (typeof places)[number];
  readonly credential?: (typeof credentialKinds)[number];
  readonly days?: number;
  readonly issuer?: string;
  readonly subject?: string;
  readonly identity?: string;
  readonly principal?: string;
  readonly grant?: boolean;
  readonly consentUrl?: boolean;
  readonly administrativeUnit?: string;
  readonly clientId?: string;
  readonly tenant?: string;
  readonly name: string;
  readonly connection?: string;
}

export type ReadChoices =
  | { readonly kind: 'choices'; readonly choices: SetupChoices }
  | { readonly kind: 'faults'; readonly faults: readonly string[] };

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const tenantName = /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;
const defaultDays = 365;

/** What the flags ask for, or all that is wrong with them. */
export function readChoices(flags: SetupFlags, cloud: Cloud): ReadChoices {
  const faults = [
    ...sharedFaults(flags),
    ...(isPersonal(flags) ? personalFaults(flags) : workFaults(flags)),
  ];
  if (faults.length > 0) return { kind: 'faults', faults };
  const { name, tenant, largeMessages = takesUploads(cloud) } = flags;
  const shared = { name, cloud, largeMessages, ...(tenant !== undefined && { tenant }) };
  const choices = isPersonal(flags) ? toPersonal(flags, shared) : toWork(flags, shared);
  return choices ? { kind: 'choices', choices } : { kind: 'faults', faults: ['Say --mailbox'] };
}

type Shared = Omit<SharedChoices, 'connection'>;

function toPersonal(
  { outlook = '', clientId, connection = 'personal' }: SetupFlags,
  shared: Shared,
): PersonalChoices | undefined {
  const account = parseAddress(outlook);
  const app = clientId === undefined ? {} : { clientId };
  return account && { ...shared, kind: 'personal', connection, account, ...app };
}

function toWork(flags: SetupFlags, shared: Shared): WorkChoices | undefined {
  const { clientId, connection = 'main' } = flags;
  const [first, ...others] = (flags.mailbox ?? []).flatMap((text) => parseAddress(text) ?? []);
  return (
    first && {
      ...shared,
      kind: 'work',
      connection,
      mailboxes: [first, ...others],
      credential: toCredential(flags),
      permission: toPermission(flags),
      ...(clientId !== undefined && { signInClientId: clientId }),
    }
  );
}

function toCredential(flags: SetupFlags): CredentialChoice {
  const { days = defaultDays, issuer = '', subject = '', identity = 'system', principal } = flags;
  switch (credentialOf(flags)) {
    case 'certificate':
      return { kind: 'certificate', days };
    case 'secret':
      return { kind: 'secret', days };
    case 'federated':
      return { kind: 'federatedToken', issuer, subject };
    case 'managed-identity':
      return {
        kind: 'managedIdentity',
        identity,
        ...(principal !== undefined && { principalId: principal }),
      };
  }
}

function toPermission({ grant, consentUrl, administrativeUnit }: SetupFlags): PermissionChoice {
  if (consentUrl === true) return { kind: 'consent' };
  if (grant === true) return { kind: 'grant' };
  return { kind: 'exchange', ...(administrativeUnit !== undefined && { administrativeUnit }) };
}

/** What is asked for; else what the other flags are about, or what suits where the gateway runs. */
function credentialOf(flags: SetupFlags): (typeof credentialKinds)[number] {
  const { credential, runs, issuer, subject, identity, principal } = flags;
  if (credential !== undefined) return credential;
  if (runs === 'kubernetes' || (issuer ?? subject) !== undefined) return 'federated';
  if (runs === 'azure' || (identity ?? principal) !== undefined) return 'managed-identity';
  return 'certificate';
}

function isPersonal({ outlook }: SetupFlags): boolean {
  return outlook !== undefined;
}

function sharedFaults({ name, tenant, clientId, days, connection }: SetupFlags): readonly string[] {
  return [
    ...fault(!/^[^\p{Cc}]{1,90}$/u.test(name), '--name has 1 to 90 letters'),
    ...fault(
      connection !== undefined && !/^[A-Za-z0-9][\w.-]{0,62}$/.test(connection),
      '--connection has letters, digits, ".", "_" and "-"',
    ),
    ...fault(
      tenant !== undefined && !guid.test(tenant) && !tenantName.test(tenant),
      '--tenant is the id or a domain of the tenant, such as contoso.onmicrosoft.com',
    ),
    ...fault(clientId !== undefined && !guid.test(clientId), '--client-id is a GUID'),
    ...fault(
      days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= 3_650),
      '--days is between 1 and 3650',
    ),
  ];
}

function personalFaults({
  outlook = '',
  mailbox,
  credential,
  grant,
}: SetupFlags): readonly string[] {
  const others = mailbox !== undefined || credential !== undefined || grant !== undefined;
  return [
    ...fault(!parseAddress(outlook), `--outlook is an address, and "${outlook}" is none`),
    ...fault(others, '--outlook goes without --mailbox, --credential and --grant'),
  ];
}

function workFaults(flags: SetupFlags): readonly string[] {
  const { mailbox = [], issuer, subject, identity, principal, administrativeUnit } = flags;
  const kind = credentialOf(flags);
  const noToken = kind === 'federated' && (issuer === undefined || subject === undefined);
  const isSystem = kind === 'managed-identity' && (identity ?? 'system') === 'system';
  return [
    ...fault(
      mailbox.length === 0,
      'Say which mailboxes mail leaves from, by --mailbox, or --outlook',
    ),
    ...mailbox
      .filter((text) => !parseAddress(text))
      .map((text) => `--mailbox is an address, and "${text}" is none`),
    ...fault(noToken, 'A federated credential takes --issuer and --subject'),
    ...fault(
      issuer !== undefined && !/^https:\/\/\S+$/.test(issuer),
      '--issuer is a URL of https, letter by letter as the token has it',
    ),
    ...fault(subject !== undefined && /\s|^$/.test(subject), '--subject is as the token has it'),
    ...fault(
      identity !== undefined && identity !== 'system' && !guid.test(identity),
      '--identity is "system", or the client id of a user-assigned identity',
    ),
    ...fault(
      isSystem && principal === undefined,
      'The identity of the system is found by --principal, its object id (az vm identity show)',
    ),
    ...fault(principal !== undefined && !guid.test(principal), '--principal is a GUID'),
    ...fault(
      administrativeUnit !== undefined && !guid.test(administrativeUnit),
      '--administrative-unit is a GUID',
    ),
    ...fault(
      flags.grant === true && administrativeUnit !== undefined,
      '--grant holds for all mailboxes: it goes without --administrative-unit',
    ),
    ...fault(
      flags.consentUrl === true && kind === 'managed-identity',
      'Nobody can consent for a managed identity on a page: take --grant, or neither',
    ),
  ];
}

function fault(isWrong: boolean, text: string): readonly string[] {
  return isWrong ? [text] : [];
}

/** The schema of Graph in GCC High and DoD has no upload sessions for messages. */
function takesUploads({ name }: Pick<Cloud, 'name'>): boolean {
  return name !== 'usgov' && name !== 'dod';
}

/** Names of the permissions that the app needs. */
export function permissionsOf({ largeMessages }: Pick<SetupChoices, 'largeMessages'>) {
  return largeMessages ? (['Mail.Send', 'Mail.ReadWrite'] as const) : (['Mail.Send'] as const);
}
