// The last step: the configuration file, which takes the place of none that sends.
import { parse } from 'yaml';
import { z } from 'zod';
import { makeTokenKey } from './app-credential.ts';
import type { SetupChoices } from './setup-choices.ts';
import { formatConfig, formatConnection, isUnchanged, type AppIdentity } from './setup-config.ts';
import { modeOf, readIfThere, replaceFile } from './setup-files.ts';
import { done, needed, unchanged, type StepContext, type StepResult } from './setup-step.ts';

const configMode = 0o644;

export interface WriteOptions extends StepContext {
  /** A file that is there already is kept beside, and replaced. */
  readonly force: boolean;
}

/** What becomes of the file that is there; undefined: there is none, or none that can be read. */
export function fateOfPresent(
  file: string,
  options: Pick<WriteOptions, 'force'>,
): 'replaced' | 'kept' | undefined {
  try {
    const present = readIfThere(file);
    return present === undefined ? undefined : fateOf(present, options);
  } catch {
    return undefined;
  }
}

function fateOf(present: string, { force }: Pick<WriteOptions, 'force'>): 'replaced' | 'kept' {
  return force || isUnchanged(present) || isSimulatorAlone(present) ? 'replaced' : 'kept';
}

const simulatorAlone = z.object({
  connections: z
    .record(z.string(), z.object({ type: z.literal('sandbox') }))
    .refine((connections) => Object.keys(connections).length > 0),
});

/** As a clone has it: no mail leaves by it. */
function isSimulatorAlone(text: string): boolean {
  try {
    return simulatorAlone.safeParse(parse(text)).success;
  } catch {
    return false;
  }
}

/** Where there is another file already, the connection is left in `state.connectionBlock` instead. */
export function writeConfig(
  choices: SetupChoices,
  { parts, state, force }: WriteOptions,
): StepResult {
  const { files } = parts;
  if (choices.kind === 'personal') makeTokenKey(parts);
  const app = appIdentityOf(choices, { parts, state });
  const text = formatConfig(choices, { files, app });
  const present = readIfThere(files.config);
  if (present === text) return unchanged;
  if (present !== undefined && fateOf(present, { force }) === 'kept') {
    if (present.includes(app.clientId) && app.clientId !== '') {
      return { ...unchanged, detail: 'it names the app already' };
    }
    state.connectionBlock = formatConnection(choices, { files, app });
    return { ...unchanged, detail: 'there is one already: add the connection below to it' };
  }
  // What it holds may be secret: nobody reads the copy who could not read the file.
  if (present !== undefined) {
    replaceFile(`${files.config}.old`, present, { mode: modeOf(files.config) });
  }
  replaceFile(files.config, text, { mode: configMode });
  return done;
}

function appIdentityOf(choices: SetupChoices, { parts, state }: StepContext): AppIdentity {
  if (choices.kind === 'work' && choices.credential.kind === 'managedIdentity') {
    return { tenant: parts.tenantId, clientId: '' };
  }
  const given = choices.kind === 'personal' ? choices.clientId : undefined;
  const clientId = given ?? needed(state.application, 'application').appId;
  const expires = state.expires === undefined ? {} : { expires: state.expires };
  return { tenant: parts.tenantId, clientId, ...expires };
}
