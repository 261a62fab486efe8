// What the files of WP Mail SMTP hold together: constants, settings, additional connections.
import { UnfitSource } from './import-findings.ts';
import { parseConstants, type PhpValue } from './import-wp-config.ts';

/** What the files hold together. */
export interface WpSource {
  readonly constants: ReadonlyMap<string, PhpValue>;
  /** The option `wp_mail_smtp`. */
  readonly options: object;
  /** The option `wp_mail_smtp_additional_connections`: connections by their ids. */
  readonly additional: object;
}

const isJson = /^\s*[[{]/;

/** Throws `UnfitSource`. */
export function readWpSource(texts: readonly string[]): WpSource {
  const constants = new Map(
    texts.filter((text) => !isJson.test(text)).flatMap((text) => [...parseConstants(text)]),
  );
  const documents = texts.filter((text) => isJson.test(text)).map(readJson);
  const options = documents
    .map((document) => optionOf(document, 'wp_mail_smtp'))
    .find((found) => found !== undefined);
  const additional = documents
    .map((document) => optionOf(document, 'wp_mail_smtp_additional_connections'))
    .find((found) => found !== undefined);
  if (constants.size > 0 && constants.get('WPMS_ON') !== true && options === undefined) {
    throw new UnfitSource(`has constants that are turned off (WPMS_ON): ${whereSettingsAre}`);
  }
  if (constants.size === 0 && options === undefined) {
    throw new UnfitSource(`has no settings of WP Mail SMTP: ${whereSettingsAre}`);
  }
  return {
    constants: constants.get('WPMS_ON') === true ? constants : new Map(),
    options: options ?? {},
    additional: additional ?? {},
  };
}

const whereSettingsAre =
  'the plugin keeps them in its database (wp option get wp_mail_smtp --format=json)';

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnfitSource('is no JSON', { cause });
  }
}

/** The option itself, or a block that has it by its name. */
function optionOf(document: unknown, name: string): object | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const named: unknown = Reflect.get(document, name);
  if (typeof named === 'object' && named !== null) return named;
  const values = Object.values(document);
  const hasMail = 'mail' in document;
  const isConnections = values.length > 0 && values.every(isConnection);
  const isOption = name === 'wp_mail_smtp' ? hasMail : !hasMail && isConnections;
  return isOption ? document : undefined;
}

function isConnection(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'mail' in value;
}
