// Carries the plan out, step by step, and ends at the first that fails: another run goes on from there.
import { getSecret, makeKey, registerCertificate, trustIssuer } from './app-credential.ts';
import { permit } from './app-permission.ts';
import { createPrincipal, findIdentity, registerApp } from './app-register.ts';
import { DirectoryError } from './app-requests.ts';
import { getToken } from './app-token.ts';
import type { SetupChoices, WorkChoices } from './setup-choices.ts';
import { SetupFault } from './setup-fault.ts';
import type { Step, StepName } from './setup-plan.ts';
import type { SetupParts, SetupState, StepContext, StepResult } from './setup-step.ts';
import { writeConfig } from './setup-write.ts';

export interface RunOptions {
  readonly parts: SetupParts;
  readonly steps: readonly Step[];
  /** The configuration that is there already is replaced. */
  readonly force: boolean;
  /** Called before each step, and when it is over. */
  readonly onStep: (step: Step, result?: ReportedStep) => void;
}

export interface ReportedStep {
  readonly name: StepName;
  readonly text: string;
  readonly outcome: StepResult['outcome'] | 'failed';
  /** What was found, or why it failed. */
  readonly detail?: string;
}

export interface SetupRun {
  readonly steps: readonly ReportedStep[];
  readonly state: SetupState;
  readonly ok: boolean;
}

export async function runSetup(choices: SetupChoices, options: RunOptions): Promise<SetupRun> {
  const { onStep } = options;
  const state: SetupState = { warnings: [] };
  const steps: ReportedStep[] = [];
  for (const step of options.steps) {
    onStep(step);
    const context = { ...options, name: step.name, state };
    const result = await attempt(() => carryOut(choices, context));
    const reported = { ...step, ...result };
    steps.push(reported);
    onStep(step, reported);
    if (result.outcome === 'failed') return { steps, state, ok: false };
  }
  return { steps, state, ok: true };
}

type Outcome = Pick<ReportedStep, 'outcome' | 'detail'>;

/** What is not the fault of this program is a result; its own faults are thrown. */
export async function attempt(work: () => Promise<StepResult> | StepResult): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { outcome: 'failed', detail: withHint(error) };
  }
}

function isExpected(error: unknown): error is Error {
  const isOfSystem = error instanceof Error && 'syscall' in error;
  return error instanceof SetupFault || error instanceof DirectoryError || isOfSystem;
}

function withHint(error: Error): string {
  if (!(error instanceof DirectoryError)) return error.message;
  if (error.status === 403) {
    return `${error.message}: the account that signs in takes the role Cloud Application Administrator, and Privileged Role Administrator for --grant`;
  }
  const helps = error.isUnsure || error.isMissing;
  const hint = helps ? ': run the same command again in a while, it goes on from here' : '';
  return `${error.message}${error.code && ` (${error.code})`}${hint}`;
}

interface CarryOutOptions extends StepContext {
  readonly name: StepName;
  readonly force: boolean;
}

function carryOut(
  choices: SetupChoices,
  { name, force, parts, state }: CarryOutOptions,
): Promise<StepResult> | StepResult {
  switch (name) {
    case 'app':
      return registerApp(choices, { parts, state });
    case 'configuration':
      return writeConfig(choices, { parts, state, force });
    case 'principal':
      return createPrincipal(parts, state);
    case 'token':
      return getToken(parts, state);
    case 'permission':
      return permit(asWork(choices), { parts, state });
    case 'key':
    case 'credential':
    case 'identity':
      return carryOutCredential(asWork(choices), { isKey: name === 'key', parts, state });
  }
}

function carryOutCredential(
  { name, connection, credential }: WorkChoices,
  { isKey, parts, state }: StepContext & { readonly isKey: boolean },
): Promise<StepResult> {
  switch (credential.kind) {
    case 'certificate':
      return isKey
        ? makeKey(credential, { name, parts, state })
        : registerCertificate(parts, state);
    case 'secret':
      return getSecret(credential, { connection, parts, state });
    case 'federatedToken':
      return trustIssuer(credential, { connection, parts, state });
    case 'managedIdentity':
      return findIdentity(credential, { parts, state });
  }
}

function asWork(choices: SetupChoices): WorkChoices {
  if (choices.kind === 'work') return choices;
  throw new Error('The plan of setup has a step that is for work accounts alone');
}
