// `graphpost setup --rehearse`: the whole of it against the built-in simulator; nothing is asked of Microsoft, and nothing stays.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { runSetupCommand, type SetupIo, type SetupOptions } from './setup.ts';

const administrator = 'admin@sandbox.onmicrosoft.com';

/** Returns the exit code, as `runSetupCommand` does. */
export async function runRehearsal(options: SetupOptions, io: SetupIo): Promise<number> {
  const { createSandbox } = await import('../sandbox/sandbox.ts');
  await using sandbox = await createSandbox({ now: () => io.clock.now() });
  const folder = await mkdtemp(join(tmpdir(), 'graphpost-rehearsal-'));
  try {
    sandbox.signIns.as(administrator, 'An administrator');
    addIdentity(sandbox, options);
    io.stderr.write(
      'A rehearsal: a simulator stands in for Microsoft, its administrator signs in at once, and nothing stays\n',
    );
    return await rehearse(options, { ...io, ca: sandbox.ca, cwd: folder }, sandbox);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function rehearse(
  options: SetupOptions,
  io: SetupIo,
  { authority, graph }: Sandbox,
): Promise<number> {
  const flags = { ...options, authority, graph, device: true, config: 'config/graphpost.yaml' };
  const code = await runSetupCommand(flags, { ...io, env: {}, login: () => Promise.resolve(0) });
  if (code !== 0 || options.json || options.print) return code;
  const text = await readFile(join(io.cwd, flags.config), 'utf8');
  io.stdout.write(`\n${flags.config} would be:\n\n${withoutSimulator(text)}`);
  return code;
}

/** As it would be with a tenant: the first line counts what follows, and the cloud is the simulator. */
function withoutSimulator(config: string): string {
  return config.replace(/^.*\n/, '').replace(/^ +cloud: .*\n/m, '');
}

/** A machine of Azure has it, before anybody runs setup. */
function addIdentity({ directory }: Sandbox, { identity, principal }: SetupOptions): void {
  const appId = identity ?? directory.identifiers.guid();
  const { id, lag } = directory.addServicePrincipal(appId);
  if (principal === undefined) return;
  directory.servicePrincipals.delete(id);
  directory.servicePrincipals.set(principal, { id: principal, appId, lag });
}
