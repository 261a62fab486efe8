// What setup says: the plan, what came of each step, and what is left to do.
import type { SetupRun } from '../setup/setup-run.ts';
import { showProgress, type TerminalIo } from './terminal.ts';

interface Told {
  readonly outcome: 'done' | 'unchanged' | 'failed';
  readonly detail?: string;
}

interface TellerOptions {
  /** Standard output is for JSON alone. */
  readonly isJson: boolean;
  readonly io: Pick<TerminalIo, 'stderr'> & { readonly stdout: { write(text: string): unknown } };
}

/** Shows the steps before they are done, and what came of each. */
export class StepTeller<Step extends { readonly text: string }> {
  readonly #steps: readonly Step[];
  readonly #options: TellerOptions;

  constructor(steps: readonly Step[], options: TellerOptions) {
    this.#steps = steps;
    this.#options = options;
  }

  plan(title: string): void {
    const lines = this.#steps.map(({ text }, at) => `  ${at + 1}. ${text}\n`);
    this.say(`${title}\n${lines.join('')}`);
  }

  /** @param result absent: the step begins */
  onStep(step: Step, result?: Told): void {
    const number = this.#steps.indexOf(step) + 1;
    showProgress(this.#options.io, result ? '' : `${number}. …`);
    if (result) this.say(`  ${number}. ${formatResult(result)}\n`);
  }

  say(text: string): void {
    const { isJson, io } = this.#options;
    (isJson ? io.stderr : io.stdout).write(text);
  }
}

const words = { done: 'done', unchanged: 'as it was', failed: 'FAILED' } as const;

function formatResult({ outcome, detail }: Told): string {
  return `${words[outcome]}${detail === undefined ? '' : `: ${detail}`}`;
}

/** What is left to do, in the order in which it is done. */
export interface Closing {
  readonly run: SetupRun;
  readonly configFile: string;
  /** The command to go on with. */
  readonly next: string;
}

export function formatClosing({ run: { state }, configFile, next }: Closing): string {
  const { exchange, consentUrl, connectionBlock, warnings } = state;
  return [
    ...warnings.map((warning) => `Warning: ${warning}\n`),
    ...(exchange
      ? [
          `Paste this into PowerShell, as Exchange Administrator. "True" under InScope says that it is right; the app may send 30 minutes to 2 hours later.\n\n${indented(exchange)}`,
        ]
      : []),
    ...(consentUrl === undefined
      ? []
      : [
          `An administrator (Privileged Role Administrator) consents on this page:\n\n${indented([consentUrl])}`,
        ]),
    ...(connectionBlock === undefined
      ? []
      : [
          `Add this to ${configFile}, in place of a connection of that name:\n\n${indented(connectionBlock.trimEnd().split('\n'))}`,
        ]),
    `Next: ${next}\n`,
  ].join('\n');
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => (line === '' ? '\n' : `    ${line}\n`)).join('');
}

/** For `--json`. Never a secret: those are in files alone. */
export function toJson({ run, configFile, next }: Closing): string {
  const { steps, state, ok } = run;
  return `${JSON.stringify(
    {
      ok,
      steps,
      clientId: state.application?.appId ?? null,
      applicationId: state.application?.id ?? null,
      principalId: state.principal?.id ?? null,
      configFile,
      connection: state.connectionBlock ?? null,
      exchange: state.exchange ?? null,
      consentUrl: state.consentUrl ?? null,
      warnings: state.warnings,
      next,
    },
    null,
    2,
  )}\n`;
}
