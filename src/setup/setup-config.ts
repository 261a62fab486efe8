// The configuration that setup writes, and the block of it that goes into one that is there already.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { PersonalChoices, SetupChoices, WorkChoices } from './setup-choices.ts';
import type { SetupFiles } from './setup-plan.ts';

/** What the connection is of. */
export interface AppIdentity {
  /** Domain or GUID. */
  readonly tenant: string;
  readonly clientId: string;
  /** Of a secret: a date. */
  readonly expires?: string;
}

/** Where Kubernetes puts the token of a workload, if the variable does not say. */
const federatedTokenFile =
  '${AZURE_FEDERATED_TOKEN_FILE:-/var/run/secrets/azure/tokens/azure-identity-token}';
const mark = '# sha256 ';

/** A whole file, ready to be served. Its first line tells whether it was changed since. */
export function formatConfig(
  choices: SetupChoices,
  { files, app }: { readonly files: SetupFiles; readonly app: AppIdentity },
): string {
  const text = [
    '# Written by `graphpost setup`; docs/configuration.md has every key.',
    '# Programs of this machine send to 127.0.0.1:2525. Others take a listener and clients of their own.',
    'listeners:',
    '  - name: local',
    '    address: 127.0.0.1:2525',
    '',
    formatConnection(choices, { files, app }).trimEnd(),
    '',
    ...fromLines(choices),
    '',
    'default:',
    `  send: { via: ${scalar(choices.connection)} }`,
    '',
    'queue:',
    '  store: sqlite:../data/graphpost.db',
    '',
  ].join('\n');
  return `${mark}${digestOf(text)}\n${text}`;
}

/** Whether setup wrote it, and nobody has changed it since. */
export function isUnchanged(text: string): boolean {
  const end = text.indexOf('\n');
  return text.slice(0, end) === `${mark}${digestOf(text.slice(end + 1))}`;
}

export function formatConnection(
  choices: SetupChoices,
  { files, app }: { readonly files: SetupFiles; readonly app: AppIdentity },
): string {
  const lines =
    choices.kind === 'personal'
      ? personalLines(choices, { files, app })
      : workLines(choices, { files, app });
  return `${lines.join('\n')}\n`;
}

function personalLines(
  choices: PersonalChoices,
  { files, app }: { readonly files: SetupFiles; readonly app: AppIdentity },
): readonly string[] {
  return [
    'connections:',
    `  ${scalar(choices.connection)}:`,
    '    type: graph',
    ...cloudLines(choices),
    `    clientId: ${scalar(app.clientId)}`,
    `    account: ${scalar(choices.account)} # who signs in: graphpost login ${choices.connection}`,
    `    largeMessages: ${choices.largeMessages}`,
    '',
    `tokenCache: { file: ../data/tokens, key: ${fileReference(files.tokenKey)} }`,
  ];
}

function workLines(
  choices: WorkChoices,
  { files, app }: { readonly files: SetupFiles; readonly app: AppIdentity },
): readonly string[] {
  const isIdentity = choices.credential.kind === 'managedIdentity';
  const ids = [`    tenant: ${scalar(app.tenant)}`, `    clientId: ${scalar(app.clientId)}`];
  return [
    'connections:',
    `  ${scalar(choices.connection)}:`,
    '    type: graph',
    ...cloudLines(choices),
    ...(isIdentity ? [] : ids),
    `    credential: ${formatCredential(choices, { files, app })}`,
    `    largeMessages: ${choices.largeMessages}${choices.largeMessages ? '' : ' # Mail.Send alone: messages of up to 3 MB'}`,
  ];
}

function formatCredential(
  { credential }: WorkChoices,
  { files, app }: { readonly files: SetupFiles; readonly app: AppIdentity },
): string {
  switch (credential.kind) {
    case 'certificate': {
      const file = scalar(basename(files.certificate));
      return `{ certificate: { cert: ${file}, key: ${file} } } # graphpost renew makes another one`;
    }
    case 'secret': {
      const secret = fileReference(files.secret);
      return `{ secret: ${secret}${app.expires === undefined ? '' : `, expires: ${app.expires}`} }`;
    }
    case 'federatedToken':
      return `{ federatedToken: '${federatedTokenFile}' }`;
    case 'managedIdentity':
      return `{ managedIdentity: ${scalar(credential.identity)} }`;
  }
}

function cloudLines({ cloud: { name, authority, graph } }: SetupChoices): readonly string[] {
  if (name === 'global') return [];
  if (name !== 'custom') return [`    cloud: ${name}`];
  return [`    cloud: { authority: ${scalar(authority)}, graph: ${scalar(graph)} }`];
}

function fromLines(choices: SetupChoices): readonly string[] {
  if (choices.kind === 'personal') return forcedFrom(choices.account);
  const [first, ...others] = choices.mailboxes;
  if (choices.permission.kind === 'exchange' && others.length === 0) return forcedFrom(first);
  return [
    'from: # for what has no usable From of its own; any other leaves from its own mailbox',
    '  force: default',
    `  address: ${scalar(first)}`,
    "  defaults: ['root@*', 'wordpress@*', '*@localhost']",
  ];
}

function forcedFrom(address: string): readonly string[] {
  return [
    'from: # the one mailbox there is; an app’s own From becomes Reply-To',
    '  force: always',
    `  address: ${scalar(address)}`,
  ];
}

function fileReference(file: string): string {
  return `'\${file:${basename(file)}}'`;
}

/** Plain where YAML takes it for nothing else. */
function scalar(text: string): string {
  const isWord = /^(?!(true|false|null|yes|no|on|off)$)[a-z][\w@.+-]*$/i.test(text);
  if (isWord) return text;
  const literal = text.replaceAll('${', () => '$${');
  return /^[^'\\\p{Cc}]*$/u.test(literal) ? `'${literal}'` : JSON.stringify(literal);
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
