// Every request of setup fails once, or loses its answer: the next run goes on, and nothing is there twice.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SetupOptions } from '../../src/cli/setup.ts';
import type { Fault } from '../../src/sandbox/faults.ts';
import { formatCertificateFile } from '../../src/setup/certificate-file.ts';
import { makeCertificate } from '../../src/setup/certificate-maker.ts';
import { startSetupRunner, type SetupRunner } from '../support/setup-run.ts';

let runner: SetupRunner;
/** To make a key takes longer than all the rest. */
let pem: string;

beforeAll(async () => {
  runner = await startSetupRunner();
  const now = Date.now();
  const made = await makeCertificate({
    name: 'Test',
    startsAt: now - 86_400_000,
    endsAt: now + 365 * 86_400_000,
    serial: randomBytes(16),
  });
  pem = formatCertificateFile({ ...made, notes: {} });
  mkdirSync(join(runner.folder, 'config'));
  orderFaults();
});

afterAll(async () => {
  await runner[Symbol.asyncDispose]();
});

const forbidden: Fault = {
  status: 403,
  body: '{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}',
};
const lost: Fault = { cut: 'after' };
const busy: Fault = { status: 503, headers: { 'retry-after': '1' } };

/** Which request to the directory meets the fault: undefined for none. */
let planned: { readonly at: number; readonly fault: Fault } | undefined;
let seen = 0;
let hasHappened = false;

function orderFaults(): void {
  for (const fault of [forbidden, lost, busy]) {
    const match = () => {
      if (planned?.fault !== fault) return false;
      hasHappened ||= seen === planned.at;
      return seen++ === planned.at;
    };
    runner.sandbox.faults.next(fault, { times: Infinity, match });
  }
}

/** Runs setup with the fault at that request; undefined where it makes fewer. */
async function failAt(
  at: number,
  { flags, fault }: { flags: Partial<SetupOptions>; fault: Fault },
) {
  planned = { at, fault };
  seen = 0;
  hasHappened = false;
  const written = await runner.setup(flags);
  planned = undefined;
  return hasHappened ? written : undefined;
}

/** Some requests of setup that are known to be made, so that a run without any would not pass. */
const leastRequests = 5;

/** What the directory has of the app of that name, and whether the files fit. */
function stateOf(name: string) {
  const { directory } = runner.sandbox;
  const apps = [...directory.applications.values()].filter(
    ({ properties }) => properties['displayName'] === name,
  );
  const { keys = [], passwords = [], clientId = '' } = apps[0]?.registration ?? {};
  const principals = [...directory.servicePrincipals.values()];
  return {
    apps: apps.length,
    certificates: keys.length,
    secrets: passwords.map(({ secret }) => secret),
    principals: principals.filter(({ appId }) => appId === clientId).length,
    roles: [...directory.rolesOf(clientId)],
  };
}

function read(file: string): string {
  return readFileSync(join(runner.folder, 'config', file), 'utf8');
}

describe('setup goes on after', () => {
  test.each([
    ['a refusal', 'certificate', forbidden, [1]],
    ['a refusal', 'secret', forbidden, [1]],
    ['a lost answer', 'certificate', lost, [0, 1]],
    ['a lost answer', 'secret', lost, [0, 1]],
    ['a busy service', 'certificate', busy, [0]],
  ] as const)('%s at each of its requests, with a %s', async (what, credential, fault, codes) => {
    const isSecret = credential === 'secret';
    let at = 0;
    for (; ; at++) {
      const name = `${what.replaceAll(' ', '-')}-${credential}-${at}`;
      const app = { name, connection: name, config: `config/${name}.yaml` };
      const flags = { mailbox: ['relay@contoso.com'], credential, grant: true, ...app };
      writeFileSync(join(runner.folder, `config/${name}.pem`), pem);
      const failed = await failAt(at, { flags, fault });
      if (!failed) break;
      expect.soft(codes, name).toContain(failed.code);
      const again = await runner.setup(flags);
      expect.soft(again, name).toMatchObject({ code: 0 });
      const secrets = isSecret ? [read(`${name}.secret`).trim()] : [];
      expect.soft(stateOf(name), name).toEqual({
        apps: 1,
        certificates: isSecret ? 0 : 1,
        secrets,
        principals: 1,
        roles: ['Mail.Send', 'Mail.ReadWrite'],
      });
      // Neither what is shown, nor what is written for everybody, tells it.
      const shown = `${JSON.stringify([failed, again])}${read(`${name}.yaml`)}`;
      expect.soft(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
    }
    expect(at).toBeGreaterThan(leastRequests);
  });
});

test('a sign-in that is declined ends setup before anything is done', async () => {
  runner.sandbox.signIns.decline();
  const flags = { mailbox: ['relay@contoso.com'], name: 'declined', connection: 'declined' };
  expect(await runner.setup({ ...flags, config: 'config/declined.yaml' })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/Nobody has signed in: .*AADSTS65004/s),
  });
  expect(() => readFileSync(join(runner.folder, 'config/declined.pem'))).toThrow('ENOENT');
});
