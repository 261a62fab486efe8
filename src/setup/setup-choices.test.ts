import { describe, expect, test } from 'vitest';
import { clouds } from '../config/resolve/connections.ts';
import { readChoices, type SetupFlags } from './setup-choices.ts';

const cloud = { name: 'global', ...clouds.global } as const;
const mailbox = ['relay@contoso.com'];

function read(flags: Partial<SetupFlags>) {
  return readChoices({ name: 'Graphpost', ...flags }, cloud);
}

describe('readChoices()', () => {
  test('takes a certificate for a year, restricted by Exchange, where nothing else is said', () => {
    expect(read({ mailbox })).toMatchObject({
      choices: {
        kind: 'work',
        connection: 'main',
        largeMessages: true,
        credential: { kind: 'certificate', days: 365 },
        permission: { kind: 'exchange' },
      },
    });
  });

  test.each([
    [{ runs: 'here' }, 'certificate'],
    [{ runs: 'kubernetes', issuer: 'https://i', subject: 's' }, 'federatedToken'],
    [{ runs: 'azure', principal: '11111111-1111-4111-8111-111111111111' }, 'managedIdentity'],
    [{ runs: 'kubernetes', credential: 'secret' }, 'secret'],
  ] as const)('takes the credential that suits %j', (flags, kind) => {
    expect(read({ mailbox, ...flags })).toMatchObject({ choices: { credential: { kind } } });
  });

  test('asks for small messages alone in clouds that have no upload sessions', () => {
    const read = readChoices({ name: 'x', mailbox }, { name: 'dod', ...clouds.dod });
    expect(read).toMatchObject({ choices: { largeMessages: false } });
  });

  test.each<[Partial<SetupFlags>, readonly string[]]>([
    [{}, ['Say which mailboxes mail leaves from, by --mailbox, or --outlook']],
    [
      { mailbox: ['a', 'b@c.d', 'e f'] },
      ['--mailbox is an address, and "a" is none', '--mailbox is an address, and "e f" is none'],
    ],
    [{ outlook: 'nobody' }, ['--outlook is an address, and "nobody" is none']],
    [
      { outlook: 'a@outlook.com', mailbox },
      ['--outlook goes without --mailbox, --credential and --grant'],
    ],
    [
      { mailbox, days: 0, tenant: 'contoso' },
      [
        '--tenant is the id or a domain of the tenant, such as contoso.onmicrosoft.com',
        '--days is between 1 and 3650',
      ],
    ],
    [{ mailbox, runs: 'kubernetes' }, ['A federated credential takes --issuer and --subject']],
    [
      { mailbox, runs: 'azure' },
      ['The identity of the system is found by --principal, its object id (az vm identity show)'],
    ],
    [
      { mailbox, grant: true, administrativeUnit: '11111111-1111-4111-8111-111111111111' },
      ['--grant holds for all mailboxes: it goes without --administrative-unit'],
    ],
    [
      { mailbox, clientId: 'x', connection: 'a b' },
      ['--connection has letters, digits, ".", "_" and "-"', '--client-id is a GUID'],
    ],
  ])('says all that is wrong with %j', (flags, faults) => {
    expect(read(flags)).toEqual({ kind: 'faults', faults });
  });
});
