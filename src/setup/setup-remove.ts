// Takes back what setup made: the app, or what was granted to a managed identity, and its files.
import { rmSync } from 'node:fs';
import { mailGrants } from './app-permission.ts';
import { tagOf } from './app-register.ts';
import type { Cloud } from './setup-choices.ts';
import { isUnchanged } from './setup-config.ts';
import { exchangeRemoval } from './setup-exchange.ts';
import { SetupFault } from './setup-fault.ts';
import { readIfThere } from './setup-files.ts';
import type { SetupFiles } from './setup-plan.ts';
import { attempt, type ReportedStep } from './setup-run.ts';
import { done, needed, unchanged, type SetupParts, type StepResult } from './setup-step.ts';

export interface RemovalChoices {
  readonly name: string;
  readonly cloud: Cloud;
  /** Of a managed identity, by object id or client id: it stays, and loses what it was granted. */
  readonly identity?: { readonly id: string } | { readonly appId: string };
  /** The app was not made by setup. */
  readonly keepsApp: boolean;
}

export interface RemovalStep {
  readonly name: 'app' | 'permission' | 'configuration';
  readonly text: string;
}

export interface Removal {
  readonly steps: readonly (Omit<ReportedStep, 'name'> & Pick<RemovalStep, 'name'>)[];
  readonly ok: boolean;
  /** What is left to paste into PowerShell. */
  readonly exchange?: readonly string[];
}

export function planRemoval(choices: RemovalChoices, files: SetupFiles): readonly RemovalStep[] {
  const names = filesOf(files).join(', ');
  const text = `Remove ${names}, and ${files.config} if nobody has changed it`;
  const ofFiles = { name: 'configuration', text } as const;
  if (choices.keepsApp) return [ofFiles];
  return choices.identity
    ? [{ name: 'permission', text: 'Take back what the identity was granted in Entra' }, ofFiles]
    : [
        { name: 'app', text: `Delete the app "${choices.name}", with its credentials and grants` },
        ofFiles,
      ];
}

export async function runRemoval(
  choices: RemovalChoices,
  {
    parts,
    steps: planned,
    onStep,
  }: {
    readonly parts: SetupParts;
    readonly steps: readonly RemovalStep[];
    readonly onStep: (step: RemovalStep, result?: Removal['steps'][number]) => void;
  },
): Promise<Removal> {
  const steps: Removal['steps'][number][] = [];
  const found: { exchange?: readonly string[] } = {};
  for (const step of planned) {
    onStep(step);
    const result = await attempt(() => remove(choices, { name: step.name, parts, found }));
    const reported = { ...step, ...result };
    steps.push(reported);
    onStep(step, reported);
    if (result.outcome === 'failed') return { steps, ok: false, ...found };
  }
  return { steps, ok: true, ...found };
}

interface RemoveOptions {
  readonly parts: SetupParts;
  readonly found: { exchange?: readonly string[] };
}

function remove(
  choices: RemovalChoices,
  { name, ...options }: RemoveOptions & Pick<RemovalStep, 'name'>,
): Promise<StepResult> | StepResult {
  switch (name) {
    case 'app':
      return removeApps(choices, options);
    case 'permission':
      return revokeGrants(choices, options);
    case 'configuration':
      return removeFiles(options.parts.files);
  }
}

/** That of the configuration; all that bear the tag only where there is none, since another gateway may have its own. */
async function removeApps(
  choices: RemovalChoices,
  { parts, found }: RemoveOptions,
): Promise<StepResult> {
  const directory = needed(parts.directory, 'directory');
  refuseOtherTenant(parts);
  const tagged = await directory.findApplications(tagOf(choices.name));
  const named = clientIdsIn(readIfThere(parts.files.config) ?? '');
  const apps = tagged.filter(({ appId }) => named.size === 0 || named.has(appId));
  if (apps.length === 0) refuseOthersFiles(choices, parts);
  for (const { id, appId } of apps) {
    const principal = await directory.findServicePrincipal({ appId });
    if (principal) found.exchange = exchangeRemoval(choices, { principalId: principal.id });
    await directory.removeApplication(id);
  }
  const detail = apps.map(({ appId }) => appId).join(', ');
  return apps.length === 0 ? { ...unchanged, detail: 'there is none' } : { ...done, detail };
}

function clientIdsIn(config: string): ReadonlySet<string> {
  return new Set([...config.matchAll(/\bclientId: *['"]?([\w-]+)/g)].flatMap(([, id]) => id ?? []));
}

/** Where no app is found because it is in another tenant, the files of one that works must not go. */
function refuseOtherTenant({ files, tenantId }: SetupParts): void {
  const config = readIfThere(files.config);
  const [, tenant = tenantId] = /^ +tenant: '?([^'\s]+)/m.exec(config ?? '') ?? [];
  if (tenant === tenantId) return;
  throw new SetupFault(
    `${files.config} is for another tenant than that of the account that signed in`,
  );
}

/** A key by that name may belong to an app that somebody registered by hand, and sends with. */
function refuseOthersFiles({ name }: RemovalChoices, { files }: SetupParts): void {
  const config = readIfThere(files.config);
  if (config === undefined || isUnchanged(config)) return;
  throw new SetupFault(
    `Setup has made no app "${name}", and ${files.config} is not as setup wrote it: remove by hand what is of no use`,
  );
}

async function revokeGrants(
  choices: RemovalChoices,
  { parts, found }: RemoveOptions,
): Promise<StepResult> {
  const directory = needed(parts.directory, 'directory');
  const principal = choices.identity && (await directory.findServicePrincipal(choices.identity));
  if (!principal) return { ...unchanged, detail: 'there is no such identity' };
  found.exchange = exchangeRemoval(choices, { principalId: principal.id });
  const grants = mailGrants(await directory.listGrants(principal.id));
  for (const grant of grants) await directory.revoke(grant);
  return grants.length === 0 ? unchanged : done;
}

function removeFiles(files: SetupFiles): StepResult {
  const config = readIfThere(files.config);
  const isOurs = config !== undefined && isUnchanged(config);
  const all = [...filesOf(files), ...(isOurs ? [files.config] : [])];
  const present = all.filter((file) => readIfThere(file) !== undefined);
  for (const file of present) rmSync(file);
  const kept =
    config === undefined || isOurs ? {} : { detail: `${files.config} was changed, and stays` };
  return { ...(present.length === 0 ? unchanged : done), ...kept };
}

function filesOf({ certificate, secret, tokenKey }: SetupFiles): readonly string[] {
  return [certificate, secret, tokenKey];
}
