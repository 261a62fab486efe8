// Files of the configuration: whether they can be read, and by whom else.
import { access, chmod, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from '../config/config.ts';
import { findingsOf, type Check, type Finding } from './doctor-check.ts';

export interface FilesOptions {
  readonly config: Config;
  /** Files that the configuration was read from, its own and those that hold its secrets. */
  readonly readFiles: readonly string[];
  /** Where the token of the page lies, if it was made already. */
  readonly adminTokenFile: string;
}

export function filesCheck(options: FilesOptions): Check {
  return {
    name: 'files',
    of: '',
    async run() {
      const found = await Promise.all(filesOf(options).map(examine));
      return found.flatMap((finding) => finding ?? []);
    },
  };
}

interface KnownFile {
  readonly file: string;
  readonly what: string;
  /** Others on this machine are not to read it. */
  readonly isSecret: boolean;
  /** It may be made later. */
  readonly isOptional: boolean;
}

function filesOf({ config, readFiles, adminTokenFile }: FilesOptions): readonly KnownFile[] {
  const needed = { isSecret: true, isOptional: false };
  const later = { isSecret: true, isOptional: true };
  const { store } = config.queue;
  const known = [
    { file: config.file, what: 'Configuration', isSecret: false, isOptional: false },
    ...readFiles.map((file) => ({ file, what: 'Secret', ...needed })),
    ...credentialFiles(config),
    ...config.listeners.flatMap(({ name, tls }) =>
      tls ? [{ file: tls.keyFile, what: `Key of listener "${name}"`, ...needed }] : [],
    ),
    ...(config.tokenCache ? [{ file: config.tokenCache.file, what: 'Sign-ins', ...later }] : []),
    ...(store.kind === 'sqlite' ? [{ file: store.file, what: 'Queue', ...later }] : []),
    { file: adminTokenFile, what: 'Admin token', ...later },
  ];
  return [...new Map(known.toReversed().map((each) => [each.file, each])).values()].toReversed();
}

function credentialFiles({ connections }: Config): readonly KnownFile[] {
  return [...connections.values()].flatMap((connection) => {
    if (connection.type !== 'graph') return [];
    const { credential, name } = connection;
    const what = `Credential of connection "${name}"`;
    const file = { what, isSecret: true, isOptional: false };
    if (credential.kind === 'certificate') return [{ ...file, file: credential.keyFile }];
    const isFile = credential.kind === 'pfx' || credential.kind === 'federatedToken';
    return isFile ? [{ ...file, file: credential.file }] : [];
  });
}

async function examine({
  file,
  what,
  isSecret,
  isOptional,
}: KnownFile): Promise<Finding | undefined> {
  const { ok, warning, failure } = findingsOf('files', file);
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    if (found.code === 'ENOENT' && isOptional) return undefined;
    return failure(`${what}: it cannot be read`, { ...codeOf(found), fix: fixOf(found, file) });
  }
  const unreadable = await access(file, constants.R_OK).catch((error: Error) => error);
  if (unreadable) {
    return failure(`${what}: it cannot be read`, {
      ...codeOf(unreadable),
      fix: fixOf(unreadable, file),
    });
  }
  const mode = found.mode & 0o777;
  if (!isSecret || (mode & 0o007) === 0 || isMounted(file)) return ok(`${what}: readable`);
  return warning(`${what}: everybody on this machine can read it (mode ${mode.toString(8)})`, {
    fix: `chmod o-rwx '${file}'`,
    repair: () => chmod(file, mode & ~0o007),
  });
}

/** Where container engines put secrets, for nobody but the container. */
function isMounted(file: string): boolean {
  return /^(\/var)?\/run\//.test(file);
}

function codeOf(error: NodeJS.ErrnoException): { readonly code?: string } {
  return error.code === undefined ? {} : { code: error.code };
}

function fixOf({ code }: NodeJS.ErrnoException, file: string): string {
  if (code === 'ENOENT') return `Put it there, or name the right one: nothing is at '${file}'`;
  return `Let the user that Graphpost runs as read it, and pass through '${dirname(file)}'`;
}
