// The last step: the configuration file, which never takes the place of one that is there.
import { makeTokenKey } from './app-credential.ts';
import type { SetupChoices } from './setup-choices.ts';
import { formatConfig, formatConnection, isUnchanged, type AppIdentity } from './setup-config.ts';
import { readIfThere, replaceFile } from './setup-files.ts';
import { done, needed, unchanged, type StepContext, type StepResult } from './setup-step.ts';

const configMode = 0o644;

export interface WriteOptions extends StepContext {
  /** A file that is there already is kept beside, and replaced. */
  readonly force: boolean;
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
  if (present !== undefined && !isUnchanged(present) && !force) {
    if (present.includes(app.clientId) && app.clientId !== '') {
      return { ...unchanged, detail: 'it names the app already' };
    }
    state.connectionBlock = formatConnection(choices, { files, app });
    return { ...unchanged, detail: 'there is one already: add the connection below to it' };
  }
  if (present !== undefined) replaceFile(`${files.config}.old`, present, { mode: configMode });
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
