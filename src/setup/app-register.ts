// The app itself, and what it is in the tenant: found again by its tag, else made.
import {
  graphAppId,
  type AppDirectory,
  type Application,
  type ServicePrincipal,
} from './app-directory.ts';
import { untilKnown, untilSettled } from './app-replication.ts';
import { DirectoryError } from './app-requests.ts';
import { delegatedScopeIds, roleIds } from './app-roles.ts';
import {
  permissionsOf,
  type CredentialChoice,
  type SetupChoices,
  type WorkChoices,
} from './setup-choices.ts';
import { SetupFault } from './setup-fault.ts';
import {
  done,
  needed,
  unchanged,
  type SetupParts,
  type SetupState,
  type StepContext,
  type StepResult,
} from './setup-step.ts';

/** By which an app that setup made is told from all others. */
export function tagOf(name: string): string {
  return `graphpost:${name}`;
}

export async function registerApp(
  choices: SetupChoices,
  { parts, state }: StepContext,
): Promise<StepResult> {
  const directory = needed(parts.directory, 'directory');
  const present = await findApp(choices.name, directory);
  const wanted = propertiesOf(choices);
  if (!present) {
    state.application = await createApp(wanted, { parts, directory });
    return { ...done, detail: state.application.appId };
  }
  state.application = present;
  const detail = present.appId;
  if (asksFor(present) === asksFor(wanted)) return { ...unchanged, detail };
  const { requiredResourceAccess, publicClient } = wanted;
  await directory.changeApplication(present.id, {
    requiredResourceAccess,
    ...(publicClient && { publicClient }),
  });
  return { ...done, detail };
}

/** Throws `SetupFault` where there are several: nobody could say which is meant. */
async function findApp(name: string, directory: AppDirectory): Promise<Application | undefined> {
  const found = await directory.findApplications(tagOf(name));
  if (found.length <= 1) return found[0];
  const ids = found.map(({ appId }) => appId).join(', ');
  throw new SetupFault(
    `${found.length} apps have the tag "${tagOf(name)}" (${ids}): delete all but one in Entra, or take another --name`,
  );
}

async function createApp(
  properties: ReturnType<typeof propertiesOf>,
  { parts, directory }: { readonly parts: SetupParts; readonly directory: AppDirectory },
): Promise<Application> {
  try {
    return await directory.createApplication(properties);
  } catch (error) {
    // Made once more, there might be two: it is looked for instead.
    if (!(error instanceof DirectoryError) || !error.isUnsure) throw error;
    const look = async () => {
      const found = await findApp(properties.displayName, directory);
      return { settled: found !== undefined, found };
    };
    const { found } = await untilSettled(look, parts);
    if (found) return found;
    throw new SetupFault(
      `Whether the app was made is not known (${error.message}): run the same command again in some minutes`,
    );
  }
}

/** What the app is to be, in Graph's words. */
export function propertiesOf(choices: SetupChoices) {
  const shared = {
    displayName: choices.name,
    tags: [tagOf(choices.name)],
    notes: 'Made by "graphpost setup": a relay from SMTP to Microsoft Graph.',
  };
  if (choices.kind === 'work') {
    return {
      ...shared,
      signInAudience: 'AzureADMyOrg',
      ...(choices.permission.kind !== 'exchange' && {
        publicClient: { redirectUris: [consentRedirect(choices)] },
      }),
      requiredResourceAccess: rolesOf(choices),
    };
  }
  return {
    ...shared,
    signInAudience: 'AzureADandPersonalMicrosoftAccount',
    isFallbackPublicClient: true,
    publicClient: { redirectUris: ['http://localhost'] },
    // Personal accounts get tokens of this version alone.
    api: { requestedAccessTokenVersion: 2 },
    requiredResourceAccess: toAccess(
      [...permissionsOf(choices), 'offline_access' as const].map((scope) => ({
        id: delegatedScopeIds[scope],
        type: 'Scope',
      })),
    ),
  };
}

/**
 * What is asked for is granted to all mailboxes as soon as somebody consents: where Exchange is to restrict the app,
 * it asks for nothing.
 */
function rolesOf(choices: WorkChoices) {
  if (choices.permission.kind === 'exchange') return [];
  return toAccess(permissionsOf(choices).map((role) => ({ id: roleIds[role], type: 'Role' })));
}

function toAccess(resourceAccess: readonly { readonly id: string; readonly type: string }[]) {
  return [{ resourceAppId: graphAppId, resourceAccess }];
}

function asksFor({
  requiredResourceAccess,
}: {
  readonly requiredResourceAccess: readonly {
    readonly resourceAccess: readonly { readonly id: string }[];
  }[];
}): string {
  const ids = requiredResourceAccess.flatMap(({ resourceAccess }) => resourceAccess);
  return ids
    .map(({ id }) => id)
    .sort()
    .join();
}

export async function createPrincipal(parts: SetupParts, state: SetupState): Promise<StepResult> {
  const directory = needed(parts.directory, 'directory');
  const { appId } = needed(state.application, 'application');
  const present = await directory.findServicePrincipal({ appId });
  state.principal = present ?? (await untilKnown(() => createOrFind(appId, directory), parts));
  return present ? unchanged : done;
}

/** Between the look and the making somebody else, or an answer that was lost, may have made it. */
async function createOrFind(appId: string, directory: AppDirectory): Promise<ServicePrincipal> {
  try {
    return await directory.createServicePrincipal(appId);
  } catch (error) {
    const mayBeThere = error instanceof DirectoryError && (error.isUnsure || error.status === 409);
    const found = mayBeThere ? await directory.findServicePrincipal({ appId }) : undefined;
    if (found) return found;
    throw error;
  }
}

export async function findIdentity(
  credential: Extract<CredentialChoice, { kind: 'managedIdentity' }>,
  { parts, state }: StepContext,
): Promise<StepResult> {
  const { principalId, identity } = credential;
  const directory = needed(parts.directory, 'directory');
  const by = principalId === undefined ? { appId: identity } : { id: principalId };
  const principal = await directory.findServicePrincipal(by);
  if (principal) {
    state.principal = principal;
    return { ...unchanged, detail: principal.id };
  }
  throw new SetupFault(
    `The tenant has no managed identity "${principalId ?? identity}": give its object id by --principal, or its client id by --identity`,
  );
}

/** The page of Entra on which an administrator consents to what the app asks for. */
export function consentUrl(
  { cloud }: Pick<WorkChoices, 'cloud'>,
  { tenant, clientId }: { readonly tenant: string; readonly clientId: string },
): string {
  const url = new URL(`${cloud.authority}/${encodeURIComponent(tenant)}/v2.0/adminconsent`);
  url.searchParams.set('client_id', clientId);
  url.searchParams.set('scope', `${cloud.graph}/.default`);
  url.searchParams.set('redirect_uri', consentRedirect({ cloud }));
  url.searchParams.set('state', 'graphpost');
  return url.href;
}

/** An empty page of Entra itself, made for apps that have none. */
function consentRedirect({ cloud }: Pick<WorkChoices, 'cloud'>): string {
  return `${cloud.authority}/common/oauth2/nativeclient`;
}
