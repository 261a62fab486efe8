import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { clouds } from '../config/resolve/connections.ts';
import { readChoices, type SetupFlags } from './setup-choices.ts';
import { formatCommands } from './setup-print.ts';

const files = {
  config: 'config/graphpost.yaml',
  certificate: 'config/main.pem',
  secret: 'config/main.secret',
  tokenKey: 'config/main.token-key',
};

function print(flags: Partial<SetupFlags>, cloud: 'global' | 'usgov' | 'china' = 'global'): string {
  const read = readChoices({ name: 'Graphpost', ...flags }, { name: cloud, ...clouds[cloud] });
  if (read.kind === 'faults') throw new Error(read.faults.join());
  return formatCommands(read.choices, { files, now: Date.UTC(2026, 0, 1) });
}

/** The lines for the shell. */
function shellPart(text: string): string {
  return text.slice(0, text.search(/\n\n# In /));
}

const mailbox = ['relay@contoso.com'];
const work = [
  ['a certificate', { mailbox }],
  ['a secret', { mailbox, credential: 'secret', grant: true, name: `It's "mine"; $(date)` }],
  [
    'a cluster',
    { mailbox, runs: 'kubernetes', issuer: 'https://i/', subject: 'a:b', consentUrl: true },
  ],
  [
    'an identity',
    { mailbox, runs: 'azure', identity: '22222222-2222-4222-8222-222222222222', grant: true },
  ],
] as const;

describe('formatCommands()', () => {
  test.each([...work, ['Outlook.com', { outlook: 'me@outlook.com' }] as const])(
    'prints a script for %s that a shell can read',
    (_, flags) => {
      const script = shellPart(print(flags));
      expect(spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
    },
  );

  test('registers what setup registers, and nothing that a shell would take for its own', () => {
    const name = `It's "mine"; $(date)`;
    const script = shellPart(print({ mailbox, name }));
    // In place of the Azure CLI: what it is told to do.
    const asked = spawnSync('sh', [], {
      input: `az() { printf '%s\\n' "$@" >&2; }; openssl() { :; }; mkdir() { :; }\n${script.split('\n').slice(0, 4).join('\n')}`,
      encoding: 'utf8',
    });
    const body = asked.stderr.split('\n').find((line) => line.startsWith('{')) ?? '';
    expect(JSON.parse(body)).toMatchObject({
      displayName: name,
      tags: [`graphpost:${name}`],
      requiredResourceAccess: [],
    });
  });

  test('restricts the app in Exchange by default, and grants it nothing', () => {
    const text = print({
      mailbox: ["o'brien@contoso.com", 'a$b@contoso.com'],
      largeMessages: false,
    });
    expect(text).toContain(
      `New-ManagementScope -Name 'Graphpost' -RecipientRestrictionFilter "PrimarySmtpAddress -eq 'o''brien@contoso.com' -or PrimarySmtpAddress -eq 'a\`$b@contoso.com'"`,
    );
    expect(text).toContain(`-Role 'Application Mail.Send' -CustomResourceScope 'Graphpost'`);
    expect(text).toContain(
      `Test-ServicePrincipalAuthorization -Identity $ObjectId -Resource 'o''brien@contoso.com'`,
    );
    expect(text).not.toContain('Mail.ReadWrite');
    expect(text).not.toContain('appRoleAssignedTo');
  });

  test('restricts it to an administrative unit, without a scope of its own', () => {
    const administrativeUnit = '11111111-1111-4111-8111-111111111111';
    const text = print({ mailbox, administrativeUnit });
    expect(text).toContain(`-RecipientAdministrativeUnitScope ${administrativeUnit}`);
    expect(text).not.toContain('New-ManagementScope');
  });

  test('grants by app role in all mailboxes only where that is asked for', () => {
    const text = print({ mailbox, grant: true });
    expect(text.match(/appRoleAssignedTo.*ALL mailboxes/g)).toHaveLength(2);
    expect(text).not.toContain('PowerShell');
  });

  test('prints the page of consent, and grants nothing', () => {
    const text = print({ mailbox, consentUrl: true });
    expect(text).toContain('/organizations/v2.0/adminconsent?client_id=$clientId&');
    expect(text).not.toContain('appRoleAssignedTo');
  });

  test.each([
    ['usgov', 'AzureUSGovernment', 'https://graph.microsoft.us/', 'O365USGovGCCHigh'],
    ['china', 'AzureChinaCloud', 'https://microsoftgraph.chinacloudapi.cn/', 'O365China'],
  ] as const)('names the cloud %s to every tool', (cloud, azure, graph, exchange) => {
    const text = print({ mailbox }, cloud);
    expect(text).toContain(`az cloud set --name ${azure}\n`);
    expect(text).toContain(`--uri ${graph}v1.0/applications`);
    expect(text).toContain(`Connect-ExchangeOnline -ExchangeEnvironmentName ${exchange}\n`);
  });
});
