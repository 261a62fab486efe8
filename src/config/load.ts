// Loads the configuration file: a Config and its Secrets, or every fault of the file at once.
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { checkAddresses } from './checks/addresses.ts';
import { checkAlerts } from './checks/alerts.ts';
import { warnOfBackscatter } from './checks/bounce.ts';
import { checkClients, warnOfLogins, warnOfOpenClients } from './checks/clients.ts';
import { checkConnections, warnOfPlaceholders, warnOfSandbox } from './checks/connections.ts';
import { warnOfUnknownNames } from './checks/conditions.ts';
import { checkDirect, warnOfDirect } from './checks/direct.ts';
import { checkFrom, warnOfUnusedAddress } from './checks/from.ts';
import { checkHttp, warnOfOpenAdmin } from './checks/http.ts';
import { checkListeners, warnOfListeners } from './checks/listeners.ts';
import { checkNames } from './checks/names.ts';
import { checkQueue } from './checks/queue.ts';
import { checkReferences } from './checks/references.ts';
import { checkRoutes } from './checks/routes.ts';
import { warnOfSending } from './checks/sending.ts';
import { warnOfShadowedClients, warnOfShadowedRoutes } from './checks/shadows.ts';
import { warnOfCertificates } from './certificate-warnings.ts';
import { readBoundedFile } from './bounded-file.ts';
import type { Config } from './config.ts';
import { checkDirectHolds } from './direct-holds.ts';
import { whyUnreadable, type ExpansionSources } from './expansion.ts';
import { formatFault, sortFaults, type ConfigFault } from './fault.ts';
import { readTree, type FileTree } from './file-tree.ts';
import type { Check } from './place.ts';
import { createReport, formatKey, type ReportTarget } from './report.ts';
import { toConfig } from './resolve/config.ts';
import { toSecrets } from './resolve/secrets.ts';
import { readContent } from './schema-faults.ts';
import type { Secrets } from './secrets.ts';
import { toFault, type SourceText } from './source-text.ts';
import { parseYaml, type ParsedYaml } from './yaml-text.ts';

export interface LoadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For the file itself and those that it names; throws as `readFileSync` does. */
  readonly readFile?: (path: string) => string;
  /** Epoch ms, for certificates that end. Default: now. */
  readonly now?: number;
}

export type Loading =
  | {
      readonly kind: 'loaded';
      readonly config: Config;
      readonly secrets: Secrets;
      readonly warnings: readonly ConfigFault[];
      /** Absolute paths of the files that stand in `${file:…}`. */
      readonly watchedFiles: readonly string[];
    }
  | {
      readonly kind: 'faulty';
      readonly faults: readonly ConfigFault[];
      /** As of a file that was loaded: one that was missing may come. */
      readonly watchedFiles: readonly string[];
    };

/** Sees what is valid even where the rest is not. */
const checks: readonly Check[] = [
  checkNames,
  checkReferences,
  checkFrom,
  checkListeners,
  checkAddresses,
  checkDirect,
  checkClients,
  checkConnections,
  checkRoutes,
  checkQueue,
  checkAlerts,
  checkHttp,
];

const warningChecks: readonly Check[] = [
  warnOfSandbox,
  warnOfPlaceholders,
  warnOfSending,
  warnOfListeners,
  warnOfDirect,
  warnOfOpenClients,
  warnOfShadowedClients,
  warnOfShadowedRoutes,
  warnOfLogins,
  warnOfUnusedAddress,
  warnOfUnknownNames,
  warnOfBackscatter,
  warnOfOpenAdmin,
];

/** No person writes more; a wrong file named by mistake may have it. */
const maxFileLength = 1_000_000;

/** Reads the file and those that it names. Trouble with any of them is a fault, never thrown. */
export function loadConfig(
  file: string,
  { env, readFile = readTextFile, now = Date.now() }: LoadOptions,
): Loading {
  const reading = readSource(file, readFile);
  if ('fault' in reading) return { kind: 'faulty', faults: [reading.fault], watchedFiles: [] };
  return loadText(
    { file, text: reading.text },
    { env, readFile, now, folder: dirname(resolve(file)) },
  );
}

function loadText(
  source: SourceText,
  { now, ...sources }: ExpansionSources & { readonly now: number },
): Loading {
  const yaml = parseYaml(source.text);
  const tree = readTree(yaml.document, sources);
  const watchedFiles = [...new Set(tree.files)];
  const target = createTarget(source, yaml, tree);
  const content = readContent(tree.root, createReport(target));
  runChecks(checks, target);
  if (content) {
    const file = { path: [], node: tree.root };
    checkDirectHolds(content, { file, report: createReport(target) });
  }
  if (content === undefined || target.faults.length > 0) {
    return { kind: 'faulty', faults: inOrder(target.faults), watchedFiles };
  }
  const warnings: ConfigFault[] = [];
  const warningTarget = { ...target, faults: warnings };
  runChecks(warningChecks, warningTarget);
  const config = toConfig(content, {
    file: resolve(source.file),
    hostname: hostname(),
    stateFolder: stateFolderOf(sources),
  });
  const secrets = toSecrets(content);
  const place = { path: [], node: tree.root };
  warnOfCertificates(config, { file: place, warn: createReport(warningTarget), secrets, now });
  return {
    kind: 'loaded',
    config,
    secrets,
    warnings: inOrder(warnings),
    watchedFiles,
  };
}

/** Systemd separates several by colons (systemd.exec(5), "STATE_DIRECTORY"). */
function stateFolderOf({ env }: ExpansionSources): string | undefined {
  return env['STATE_DIRECTORY']?.split(':')[0];
}

/** Where faults are gathered; those of the text itself are there already. */
function createTarget(
  source: SourceText,
  yaml: ParsedYaml,
  { root, faults }: FileTree,
): ReportTarget {
  const ofYaml = yaml.faults.map((fault) => toFault(source, { key: '', ...fault }));
  const unreadLines = new Set(ofYaml.map(({ line }) => line));
  const ofTree = faults
    .map(({ path, ...fault }) => toFault(source, { key: formatKey(path), ...fault }))
    .filter(({ line }) => !unreadLines.has(line));
  return { source, root, unreadLines, faults: [...ofYaml, ...ofTree] };
}

function runChecks(all: readonly Check[], target: ReportTarget): void {
  const report = createReport(target);
  for (const check of all) check({ path: [], node: target.root }, report);
}

function readSource(
  file: string,
  readFile: (path: string) => string,
): { readonly text: string } | { readonly fault: ConfigFault } {
  try {
    const text = readFile(resolve(file));
    if (text.length <= maxFileLength) return { text };
    return { fault: faultOfFile(file, 'the file is too large for a configuration') };
  } catch (error) {
    return { fault: faultOfFile(file, `the file ${whyUnreadable(error)}`) };
  }
}

function faultOfFile(file: string, message: string): ConfigFault {
  return { file, line: 0, column: 0, key: '', message };
}

/** By position. What an alias repeats is said once. */
function inOrder(faults: readonly ConfigFault[]): readonly ConfigFault[] {
  const byText = new Map(faults.map((fault) => [formatFault(fault), fault]));
  return sortFaults([...byText.values()]);
}

function readTextFile(path: string): string {
  return readBoundedFile(path).toString('utf8');
}
