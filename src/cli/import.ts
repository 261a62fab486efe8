// `graphpost import`: somebody else's configuration as one of ours, with what has no counterpart.
import { randomBytes } from 'node:crypto';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { readBoundedFile } from '../config/bounded-file.ts';
import { whyUnreadable } from '../config/expansion.ts';
import { formatFault, type ConfigFault } from '../config/fault.ts';
import { loadConfig } from '../config/load.ts';
import { placeholders } from '../config/placeholders.ts';
import { formatScryptHash, hashPassword } from '../config/scrypt-hash.ts';
import { formatDocument } from '../setup/import-document.ts';
import { UnfitSource, type Imported, type ImportSurroundings } from '../setup/import-findings.ts';
import { importPostfix } from '../setup/import-postfix.ts';
import { importSmtp2Graph } from '../setup/import-smtp2graph.ts';
import { importWpMailSmtp } from '../setup/import-wp-mail-smtp.ts';
import { findFilesInTheWay, writeImport, type Written } from './import-files.ts';
import { reportOf, type ImportReport } from './import-report.ts';

export type Product = 'smtp2graph' | 'postfix' | 'wp-mail-smtp';

export interface ImportOptions {
  /** Absent: standard output, and the secrets are written nowhere. */
  readonly output?: string;
  readonly force: boolean;
  readonly json: boolean;
}

export interface ImportIo {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export interface ImportSource {
  readonly product: Product;
  readonly files: readonly string[];
}

/** Exit code: 0 done, 1 what came of it has a fault, 2 the source cannot be used, or a file is in the way. */
export function runImport(source: ImportSource, options: ImportOptions, io: ImportIo): number {
  const file = resolve(io.cwd, options.output ?? 'graphpost.yaml');
  const imported = convert(source, { io, folder: dirname(file) });
  if (typeof imported === 'string') return refuse(imported, io);
  const yaml = formatDocument(imported.blocks, headOf(source));
  const faults = faultsOf({ file, yaml, imported }, io);
  const inTheWay = options.output === undefined ? [] : findFilesInTheWay(file, imported.secrets);
  if (inTheWay.length > 0 && !options.force) {
    const hint = 'there already; --force overwrites, an --output in another folder leaves it';
    return refuse(`${inTheWay.join(', ')}: ${hint}`, io);
  }
  const written = options.output === undefined ? undefined : writeImport({ file, yaml, imported });
  report({ source, yaml, imported, faults, written }, { options, io });
  return faults.length === 0 ? 0 : 1;
}

function refuse(sentence: string, { stderr }: ImportIo): number {
  stderr.write(`${sentence}\n`);
  return 2;
}

interface Converting {
  readonly io: ImportIo;
  /** Where the configuration is to lie. */
  readonly folder: string;
}

/** Or why not. */
function convert({ product, files }: ImportSource, { io, folder }: Converting): Imported | string {
  const paths = files.map((file) => resolve(io.cwd, file));
  const home = dirname(paths[0] ?? io.cwd);
  const surroundings: ImportSurroundings = {
    resolvePath: (path) => pathFrom(folder, resolve(home, path)),
    hashPassword: (password) => formatScryptHash(hashPassword(password, { salt: randomBytes(16) })),
    randomText: () => randomBytes(32).toString('base64'),
  };
  const texts = readSources(paths);
  if (typeof texts === 'string') return texts;
  const [first = ''] = texts;
  try {
    if (product === 'smtp2graph') return importSmtp2Graph(first, surroundings);
    if (product === 'wp-mail-smtp') return importWpMailSmtp(texts, surroundings);
    return importPostfix(first, { ...surroundings, readTable: (path) => readTable(path, home) });
  } catch (error) {
    if (error instanceof UnfitSource) return `${files.join(', ')} ${error.message}`;
    throw error;
  }
}

/** Or why not. */
function readSources(paths: readonly string[]): readonly string[] | string {
  const texts: string[] = [];
  for (const path of paths) {
    try {
      texts.push(readText(path));
    } catch (error) {
      return `The file ${path} ${whyUnreadable(error)}`;
    }
  }
  return texts;
}

/** Also as editors and shells of Windows write it: with a mark before it, or in UTF-16. */
function readText(path: string): string {
  const bytes = readBoundedFile(path);
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes.toString(isUtf16 ? 'utf16le' : 'utf8').replace(/^\uFEFF/, '');
}

/** Short where it lies beside or below the configuration. */
function pathFrom(folder: string, absolute: string): string {
  const path = relative(folder, absolute);
  return path.startsWith('..') || isAbsolute(path) ? absolute : path;
}

/** Beside main.cf first: what was copied from another machine must not be mixed with files of this one. */
function readTable(path: string, home: string): string | undefined {
  for (const place of [join(home, basename(path)), resolve(home, path)]) {
    try {
      return readText(place);
    } catch {
      continue;
    }
  }
  return undefined;
}

function headOf({ product, files }: ImportSource): readonly string[] {
  const names = files.map((file) => basename(file)).join(', ');
  return [
    `Made by graphpost import ${product} from ${names}. Comments say what was chosen, and why.`,
    'docs/configuration.md explains each key.',
  ];
}

interface Made {
  readonly file: string;
  readonly yaml: string;
  readonly imported: Imported;
}

/** As `check` finds them, before anything is written. */
function faultsOf({ file, yaml, imported }: Made, { env }: ImportIo): readonly ConfigFault[] {
  const secrets = imported.secrets.map(({ path, value }): [string, string] => [
    resolve(dirname(file), path),
    value ?? placeholders.secret,
  ]);
  const made = new Map([[file, yaml], ...secrets]);
  const readFile = (path: string): string =>
    made.get(path) ?? readBoundedFile(path).toString('utf8');
  const loading = loadConfig(file, { env, readFile });
  return loading.kind === 'faulty' ? loading.faults : [];
}

interface Outcome extends Omit<Made, 'file'> {
  readonly source: ImportSource;
  readonly faults: readonly ConfigFault[];
  readonly written: Written | undefined;
}

function report(
  { source, yaml, imported, faults, written }: Outcome,
  { options, io }: { readonly options: ImportOptions; readonly io: ImportIo },
): void {
  const said: ImportReport = { findings: imported.findings, secrets: imported.secrets, written };
  if (options.json) {
    const { product, files } = source;
    const { findings, secrets } = imported;
    const paths = secrets.map(({ path, value }) => ({ path, isFilled: value !== undefined }));
    const json = {
      product,
      files,
      yaml,
      findings,
      secrets: paths,
      written: written ?? null,
      faults,
    };
    io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    return;
  }
  if (written === undefined) io.stdout.write(yaml);
  (written === undefined ? io.stderr : io.stdout).write(reportOf(said));
  for (const fault of faults) io.stderr.write(`${formatFault(fault)}\n`);
}
