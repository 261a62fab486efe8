// What the app may do: an app role in Entra for all mailboxes, or what an administrator of Exchange is to paste.
import { graphAppId, type AppDirectory, type RoleAssignment } from './app-directory.ts';
import { consentUrl } from './app-register.ts';
import { untilKnown } from './app-replication.ts';
import { DirectoryError } from './app-requests.ts';
import { roleIds } from './app-roles.ts';
import { permissionsOf, type WorkChoices } from './setup-choices.ts';
import { exchangeCommands } from './setup-exchange.ts';
import { SetupFault } from './setup-fault.ts';
import { done, needed, unchanged, type StepContext, type StepResult } from './setup-step.ts';

export async function permit(
  choices: WorkChoices,
  { parts, state }: StepContext,
): Promise<StepResult> {
  const directory = needed(parts.directory, 'directory');
  const principal = needed(state.principal, 'service principal');
  const { permission, name } = choices;
  const granted = await untilKnown(() => directory.listGrants(principal.id), parts);
  switch (permission.kind) {
    case 'grant':
      return await grantRoles(choices, { granted, directory, parts, state });
    case 'consent':
      state.consentUrl = urlOf(choices, { parts, state });
      return hasAll(granted, choices) ? unchanged : done;
    case 'exchange': {
      const { appId: clientId, id: principalId } = principal;
      state.exchange = exchangeCommands(choices, { clientId, principalId });
      if (mailGrants(granted).length > 0) {
        const warning = `"${name}" has Mail permissions in Entra, for all mailboxes: whatever Exchange restricts is of no effect until they are removed there (Enterprise applications, Permissions)`;
        state.warnings = [...state.warnings, warning];
      }
      return done;
    }
  }
}

/** Grants of permissions on mail, whoever made them. */
export function mailGrants(granted: readonly RoleAssignment[]): readonly RoleAssignment[] {
  const ids: readonly string[] = Object.values(roleIds);
  return granted.filter(({ appRoleId }) => ids.includes(appRoleId));
}

function hasAll(granted: readonly RoleAssignment[], choices: WorkChoices): boolean {
  return missingRoles(granted, choices).length === 0;
}

function missingRoles(granted: readonly RoleAssignment[], choices: WorkChoices): readonly string[] {
  const present = new Set(granted.map(({ appRoleId }) => appRoleId));
  return permissionsOf(choices)
    .map((role) => roleIds[role])
    .filter((id) => !present.has(id));
}

interface GrantOptions extends StepContext {
  readonly granted: readonly RoleAssignment[];
  readonly directory: AppDirectory;
}

async function grantRoles(
  choices: WorkChoices,
  { granted, directory, parts, state }: GrantOptions,
): Promise<StepResult> {
  const missing = missingRoles(granted, choices);
  if (missing.length === 0) return unchanged;
  const principalId = needed(state.principal, 'service principal').id;
  const resource = await directory.findServicePrincipal({ appId: graphAppId });
  if (!resource) throw new SetupFault('The tenant does not know Microsoft Graph');
  try {
    for (const appRoleId of missing) {
      const role = { principalId, resourceId: resource.id, appRoleId };
      await untilKnown(() => grantOnce(directory, role), parts);
    }
    return done;
  } catch (error) {
    const isDenied = error instanceof DirectoryError && error.status === 403;
    if (!isDenied || choices.credential.kind === 'managedIdentity') throw error;
    state.consentUrl = urlOf(choices, { parts, state });
    const what = 'The account that has signed in may not grant permissions';
    throw new SetupFault(`${what}: a Privileged Role Administrator opens ${state.consentUrl}`);
  }
}

/** One that is there already is as good: an answer may have been lost. */
async function grantOnce(directory: AppDirectory, role: Omit<RoleAssignment, 'id'>): Promise<void> {
  try {
    await directory.grant(role);
  } catch (error) {
    const isThere = error instanceof DirectoryError && /already exists/.test(error.message);
    if (!isThere) throw error;
  }
}

function urlOf(choices: WorkChoices, { parts, state }: StepContext): string {
  const { appId } = needed(state.principal, 'service principal');
  return consentUrl(choices, { tenant: parts.tenantId, clientId: appId });
}
