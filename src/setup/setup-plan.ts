// Which steps setup takes for what it is asked to make, each in a sentence that is shown before it is done.
import {
  permissionsOf,
  type PersonalChoices,
  type SetupChoices,
  type WorkChoices,
} from './setup-choices.ts';

export type StepName =
  | 'key'
  | 'app'
  | 'credential'
  | 'identity'
  | 'principal'
  | 'permission'
  | 'token'
  | 'configuration';

export interface Step {
  readonly name: StepName;
  readonly text: string;
}

export interface SetupFiles {
  /** The configuration. */
  readonly config: string;
  /** Where a certificate and its key go. */
  readonly certificate: string;
  readonly secret: string;
  /** The key of the token cache. */
  readonly tokenKey: string;
}

export function planSetup(choices: SetupChoices, files: SetupFiles): readonly Step[] {
  return choices.kind === 'personal' ? planPersonal(choices, files) : planWork(choices, files);
}

/** The plan, with what becomes of the configuration that is there. */
export function tellFate(
  steps: readonly Step[],
  { config, fate }: { readonly config: string; readonly fate: 'replaced' | 'kept' | undefined },
): readonly Step[] {
  if (fate === undefined) return steps;
  const told = {
    replaced: `the one that is there becomes ${config}.old`,
    kept: `there is one, which stays as it is unless you say --force; what to add to it is shown`,
  }[fate];
  return steps.map((step) =>
    step.name === 'configuration' ? { ...step, text: `${step.text} (${told})` } : step,
  );
}

/** What an administrator has to be allowed to consent to. */
export function permissionsToSetUp(choices: SetupChoices): readonly string[] {
  if (choices.kind === 'personal') return ['Application.ReadWrite.All'];
  const { credential, permission } = choices;
  const apps =
    credential.kind === 'managedIdentity' ? 'Application.Read.All' : 'Application.ReadWrite.All';
  return permission.kind === 'grant' ? [apps, 'AppRoleAssignment.ReadWrite.All'] : [apps];
}

function planPersonal(choices: PersonalChoices, { config, tokenKey }: SetupFiles): readonly Step[] {
  const { name, clientId, account } = choices;
  const app: Step = {
    name: 'app',
    text: `Register the app "${name}" in your tenant, for people with accounts of Outlook.com to sign in to`,
  };
  const text = `Write ${config} to send as ${account}, and the key of its sign-in to ${tokenKey}, for you alone to read`;
  return [...(clientId === undefined ? [app] : []), { name: 'configuration', text }];
}

function planWork(choices: WorkChoices, files: SetupFiles): readonly Step[] {
  const { name, credential, permission } = choices;
  const isIdentity = credential.kind === 'managedIdentity';
  const roles = permissionsOf(choices).join(' and ');
  const wish = permission.kind === 'consent' ? `that asks for ${roles}` : 'without any permission';
  const asApp: readonly Step[] = [
    { name: 'app', text: `Register the app "${name}" in your tenant, ${wish}` },
    ...credentialStep(choices, files),
    { name: 'principal', text: 'Make it known in the tenant, as a service principal' },
  ];
  return [
    ...keyStep(choices, files),
    ...(isIdentity ? [{ name: 'identity', text: 'Find the managed identity' } as const] : asApp),
    { name: 'permission', text: permissionText(choices) },
    ...(canAskForToken(choices)
      ? [
          {
            name: 'token',
            text: 'Get a token with it, to see that it is known everywhere',
          } as const,
        ]
      : []),
    { name: 'configuration', text: `Write ${files.config}` },
  ];
}

/** With what only another machine has, no token can be had here. */
export function canAskForToken({ credential }: Pick<WorkChoices, 'credential'>): boolean {
  return credential.kind === 'certificate' || credential.kind === 'secret';
}

function keyStep({ credential }: WorkChoices, { certificate }: SetupFiles): readonly Step[] {
  if (credential.kind !== 'certificate') return [];
  const text = `Make a key and a certificate for ${credential.days} days in ${certificate}, for you alone to read`;
  return [{ name: 'key', text }];
}

function credentialStep({ credential }: WorkChoices, files: SetupFiles): readonly Step[] {
  switch (credential.kind) {
    case 'certificate':
      return [{ name: 'credential', text: 'Register the certificate with it' }];
    case 'secret': {
      const text = `Get a secret for it, for ${credential.days} days, into ${files.secret}, for you alone to read`;
      return [{ name: 'credential', text }];
    }
    case 'federatedToken': {
      const text = `Let it be proved by tokens of ${credential.issuer} for ${credential.subject}`;
      return [{ name: 'credential', text }];
    }
    case 'managedIdentity':
      return [];
  }
}

function permissionText(choices: WorkChoices): string {
  const { permission, mailboxes } = choices;
  const roles = permissionsOf(choices).join(' and ');
  switch (permission.kind) {
    case 'grant':
      return `Grant it ${roles} in Entra: in ALL mailboxes of the tenant`;
    case 'consent':
      return `Print the page on which an administrator consents to ${roles}: in ALL mailboxes of the tenant`;
    case 'exchange': {
      const where = permission.administrativeUnit
        ? 'the mailboxes of the administrative unit'
        : mailboxes.join(', ');
      return `Grant nothing in Entra; print the commands for Exchange that allow ${roles} in ${where} alone`;
    }
  }
}
