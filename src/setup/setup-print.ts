// The commands that do what setup does, for those who would rather see and paste them: Azure CLI, then PowerShell.
import { dirname } from 'node:path';
import { federatedName } from './app-credential.ts';
import { graphAppId } from './app-directory.ts';
import { consentUrl, propertiesOf } from './app-register.ts';
import { roleIds } from './app-roles.ts';
import {
  permissionsOf,
  type CloudName,
  type CredentialChoice,
  type PersonalChoices,
  type SetupChoices,
  type WorkChoices,
} from './setup-choices.ts';
import { formatConfig, type AppIdentity } from './setup-config.ts';
import { exchangeCommands } from './setup-exchange.ts';
import type { SetupFiles } from './setup-plan.ts';

const azureClouds: Readonly<Record<CloudName, string>> = {
  global: 'AzureCloud',
  custom: 'AzureCloud',
  usgov: 'AzureUSGovernment',
  dod: 'AzureUSGovernment',
  china: 'AzureChinaCloud',
};
/** What stands in the configuration for what the commands find out. */
const placeholder = '00000000-0000-0000-0000-000000000000';

export interface PrintOptions {
  readonly files: SetupFiles;
  /** Epoch ms. */
  readonly now: number;
}

/** A text whose lines can be pasted, part by part: for a POSIX shell, for PowerShell, and the configuration. */
export function formatCommands(choices: SetupChoices, options: PrintOptions): string {
  const sections = [
    inSection(
      'In a shell, with the Azure CLI, as an administrator:',
      azureCommands(choices, options),
    ),
    ...(choices.kind === 'work' && choices.permission.kind === 'exchange'
      ? [inSection(powershellTitle, powershell(choices))]
      : []),
    inSection(`In ${options.files.config}, with the ids in place of the zeros:`, [
      withoutDigest(formatConfig(choices, { files: options.files, app: appIn(choices, options) })),
    ]),
  ];
  return sections.join('\n');
}

const powershellTitle =
  'In PowerShell, as Exchange Administrator, with the two ids that the shell has printed:';

function inSection(title: string, lines: readonly string[]): string {
  return `# ${title}\n${lines.join('\n')}\n`;
}

/** Whoever copies it is its author. */
function withoutDigest(config: string): string {
  return config.split('\n').slice(2).join('\n').trimEnd();
}

function appIn(choices: SetupChoices, { now }: PrintOptions): AppIdentity {
  const { tenant = placeholder } = choices;
  if (choices.kind === 'personal') return { tenant, clientId: choices.clientId ?? placeholder };
  const { credential } = choices;
  const expires = credential.kind === 'secret' ? { expires: endOf(credential, now) } : {};
  return { tenant, clientId: placeholder, ...expires };
}

function azureCommands(choices: SetupChoices, options: PrintOptions): readonly string[] {
  const tenant = choices.tenant === undefined ? '' : ` --tenant ${choices.tenant}`;
  const { name: cloud } = choices.cloud;
  return [
    ...(cloud === 'global' ? [] : [`az cloud set --name ${azureClouds[cloud]}`]),
    `az login --allow-no-subscriptions${tenant}`,
    `mkdir -p ${quote(dirname(options.files.config))}`,
    ...(choices.kind === 'personal'
      ? personalCommands(choices, options)
      : workCommands(choices, options)),
  ];
}

function personalCommands(choices: PersonalChoices, { files }: PrintOptions): readonly string[] {
  return [
    ...(choices.clientId === undefined ? createApp(choices) : []),
    `(umask 077; openssl rand -base64 32 > ${quote(files.tokenKey)})`,
  ];
}

function createApp(choices: SetupChoices): readonly string[] {
  const body = quote(JSON.stringify(propertiesOf(choices)));
  const uri = `${choices.cloud.graph}/v1.0/applications`;
  return [
    `clientId=$(az rest --method POST --uri ${uri} --body ${body} --query appId --output tsv)`,
    'echo "clientId $clientId tenant $(az account show --query tenantId --output tsv)"',
  ];
}

function workCommands(choices: WorkChoices, options: PrintOptions): readonly string[] {
  const { credential } = choices;
  const isIdentity = credential.kind === 'managedIdentity';
  return [
    ...(isIdentity
      ? [
          `principalId=${credential.principalId ?? `$(az ad sp show --id ${credential.identity} --query id --output tsv)`}`,
        ]
      : [
          ...createApp(choices),
          ...credentialCommands(credential, { choices, ...options }),
          'principalId=$(az ad sp create --id "$clientId" --query id --output tsv)',
        ]),
    ...permissionCommands(choices),
  ];
}

function credentialCommands(
  credential: CredentialChoice,
  { choices, files, now }: PrintOptions & { readonly choices: WorkChoices },
): readonly string[] {
  switch (credential.kind) {
    case 'certificate':
      return certificateCommands(files.certificate, { name: choices.name, days: credential.days });
    case 'secret': {
      const label = quote(`graphpost ${choices.connection}`);
      const end = endOf(credential, now);
      return [
        `(umask 077; az ad app credential reset --id "$clientId" --append --display-name ${label} --end-date ${end} --query password --output tsv > ${quote(files.secret)})`,
      ];
    }
    case 'federatedToken': {
      const { issuer, subject } = credential;
      const audiences = ['api://AzureADTokenExchange'];
      const body = {
        name: federatedName(choices.connection, { issuer, subject }),
        issuer,
        subject,
        audiences,
      };
      return [
        `az ad app federated-credential create --id "$clientId" --parameters ${quote(JSON.stringify(body))}`,
      ];
    }
    case 'managedIdentity':
      return [];
  }
}

/** The notes at the top of the file are what `graphpost renew` goes by. */
function certificateCommands(
  file: string,
  { name, days }: { readonly name: string; readonly days: number },
): readonly string[] {
  const [both, crt, key] = [file, `${file}.crt`, `${file}.key`].map(quote);
  const subject = quote(`/CN=${name.replaceAll(/[/\\]/g, ' ')}`);
  const ask = (query: string) =>
    `$(az ad app show --id "$clientId" --query ${quote(query)} --output tsv)`;
  return [
    `(umask 077; openssl req -x509 -newkey rsa:2048 -sha256 -nodes -days ${days} -subj ${subject} -keyout ${key} -out ${crt})`,
    `az ad app credential reset --id "$clientId" --append --cert @${crt} --output none`,
    `(umask 077; { echo "Application: ${ask('id')}"; echo "Key: ${ask('keyCredentials[0].keyId')}"; cat ${crt} ${key}; } > ${both} && rm ${crt} ${key})`,
  ];
}

function endOf({ days }: { readonly days: number }, now: number): string {
  return new Date(now + days * 86_400_000).toISOString().slice(0, 10);
}

function permissionCommands(choices: WorkChoices): readonly string[] {
  const { permission, cloud, credential } = choices;
  const isIdentity = credential.kind === 'managedIdentity';
  if (permission.kind === 'exchange') {
    const clientId = isIdentity
      ? '$(az ad sp show --id "$principalId" --query appId --output tsv)'
      : '$clientId';
    return [`echo "AppId ${clientId} ObjectId $principalId"`];
  }
  if (permission.kind === 'consent') {
    const tenant = choices.tenant ?? 'organizations';
    const url = consentUrl(choices, { tenant, clientId: placeholder });
    return [`echo "${url.replace(placeholder, '$clientId')}" # an administrator consents there`];
  }
  const graph = `${cloud.graph}/v1.0/servicePrincipals`;
  return [
    `graphId=$(az ad sp show --id ${graphAppId} --query id --output tsv)`,
    ...permissionsOf(choices).map(
      (role) =>
        `az rest --method POST --uri "${graph}/$graphId/appRoleAssignedTo" --body "{\\"principalId\\":\\"$principalId\\",\\"resourceId\\":\\"$graphId\\",\\"appRoleId\\":\\"${roleIds[role]}\\"}" # ${role}, in ALL mailboxes`,
    ),
  ];
}

function powershell(choices: WorkChoices): readonly string[] {
  return [
    `$AppId = '${placeholder}'`,
    `$ObjectId = '${placeholder}'`,
    ...exchangeCommands(choices, { clientId: '$AppId', principalId: '$ObjectId' }),
  ];
}

/** A literal word of a POSIX shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
