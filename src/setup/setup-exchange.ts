// The PowerShell commands that let an app send from some mailboxes alone: role-based access control for applications.
import type { Address } from '../core/address.ts';
import { permissionsOf, type CloudName, type WorkChoices } from './setup-choices.ts';

/** An app as Exchange is told of it. Where it is not registered yet, names of variables stand for the ids. */
export interface ExchangeApp {
  readonly clientId: string;
  /** Object id of its service principal, which is not that of the application. */
  readonly principalId: string;
}

const environments: Readonly<Record<CloudName, string>> = {
  global: '',
  custom: '',
  usgov: ' -ExchangeEnvironmentName O365USGovGCCHigh',
  dod: ' -ExchangeEnvironmentName O365USGovDoD',
  china: ' -ExchangeEnvironmentName O365China',
};

/**
 * Lines to paste, for somebody with the role Exchange Administrator in Entra, or in Organization Management of Exchange.
 * The scope and the assignments have the name of the app.
 */
export function exchangeCommands(choices: WorkChoices, app: ExchangeApp): readonly string[] {
  const { name, mailboxes, permission } = choices;
  const unit = permission.kind === 'exchange' ? permission.administrativeUnit : undefined;
  const scope = unit
    ? `-RecipientAdministrativeUnitScope ${unit}`
    : `-CustomResourceScope ${quote(name)}`;
  return [
    ...connectCommands(choices),
    `New-ServicePrincipal -AppId ${app.clientId} -ObjectId ${app.principalId} -DisplayName ${quote(name)}`,
    ...(unit
      ? []
      : [
          `New-ManagementScope -Name ${quote(name)} -RecipientRestrictionFilter ${filterFor(mailboxes)}`,
        ]),
    ...permissionsOf(choices).map(
      (role) =>
        `New-ManagementRoleAssignment -Name ${quote(assignmentName(name, role))} -App ${app.principalId} -Role ${quote(`Application ${role}`)} ${scope}`,
    ),
    ...mailboxes.map(
      (mailbox) =>
        `Test-ServicePrincipalAuthorization -Identity ${app.principalId} -Resource ${quote(mailbox)}`,
    ),
  ];
}

/** Takes back what `exchangeCommands` made. Without mailboxes at hand: those of an administrative unit have no scope. */
export function exchangeRemoval(
  { name, cloud }: Pick<WorkChoices, 'name' | 'cloud'>,
  { principalId }: Pick<ExchangeApp, 'principalId'>,
): readonly string[] {
  return [
    ...connectCommands({ cloud }),
    ...(['Mail.Send', 'Mail.ReadWrite'] as const).map(
      (role) =>
        `Remove-ManagementRoleAssignment ${quote(assignmentName(name, role))} -Confirm:$false`,
    ),
    `Remove-ManagementScope ${quote(name)} -Confirm:$false`,
    `Remove-ServicePrincipal ${principalId} -Confirm:$false`,
  ];
}

function connectCommands({ cloud }: Pick<WorkChoices, 'cloud'>): readonly string[] {
  return [
    'Install-Module ExchangeOnlineManagement -Scope CurrentUser',
    `Connect-ExchangeOnline${environments[cloud.name]}`,
  ];
}

/** 64 letters at most. */
function assignmentName(name: string, role: string): string {
  return `${name.slice(0, 63 - role.length)} ${role}`;
}

/** OPATH in PowerShell's double quotes, which printers' quotes are, too: each has marks of its own to double or to escape. */
function filterFor(mailboxes: readonly Address[]): string {
  const filter = mailboxes
    .map((mailbox) => `PrimarySmtpAddress -eq '${mailbox.replaceAll("'", "''")}'`)
    .join(' -or ');
  return `"${filter.replaceAll(/[`$"\u201c-\u201e]/g, '`$&')}"`;
}

/** A literal text of PowerShell. */
function quote(text: string): string {
  return `'${text.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`;
}
