// The constants of WP Mail SMTP in a wp-config.php, laid over the settings that the plugin keeps.
import type { Findings } from './import-findings.ts';

/** A value that PHP works out when it runs. */
interface Expression {
  readonly expression: string;
}

export type PhpValue = string | number | boolean | Expression;

const string = String.raw`'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"`;
const comment = new RegExp(String.raw`(${string})|/\*[\s\S]*?(?:\*/|$)|(?://|#)[^\n]*`, 'g');
const begin = /\bdefine\s*\(\s*['"](WPMS_\w+)['"]\s*,/g;
const token = new RegExp(String.raw`${string}|[^'"();]+|[\s\S]`, 'gy');

/** The `WPMS_…` constants that the file defines; those in comments are none. */
export function parseConstants(php: string): ReadonlyMap<string, PhpValue> {
  const code = php.replaceAll(comment, (_, kept: string | undefined) => kept ?? ' ');
  return new Map(
    [...code.matchAll(begin)].flatMap((match): readonly [string, PhpValue][] => {
      const [whole, name = ''] = match;
      const value = argumentAt(code, match.index + whole.length);
      return value === undefined ? [] : [[name, toValue(value.trim())]];
    }),
  );
}

/** As far as the bracket that ends the call; undefined where there is none. */
function argumentAt(code: string, start: number): string | undefined {
  let depth = 0;
  token.lastIndex = start;
  for (let match = token.exec(code); match !== null; match = token.exec(code)) {
    const [text] = match;
    if (text === ')' && depth === 0) return code.slice(start, match.index);
    if (text === ';') return undefined;
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
  }
  return undefined;
}

function toValue(text: string): PhpValue {
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  if (/^\d+$/.test(text)) return Number(text);
  if (/^'(?:\\.|[^'\\])*'$/s.test(text)) return text.slice(1, -1).replaceAll(/\\(['\\])/g, '$1');
  if (/^"(?:\\.|[^"\\$])*"$/s.test(text)) return text.slice(1, -1).replaceAll(/\\(["\\$])/g, '$1');
  return { expression: text };
}

const pathOfConstant: ReadonlyMap<string, readonly string[]> = new Map([
  ['WPMS_MAIL_FROM', ['mail', 'from_email']],
  ['WPMS_MAIL_FROM_FORCE', ['mail', 'from_email_force']],
  ['WPMS_MAIL_FROM_NAME', ['mail', 'from_name']],
  ['WPMS_MAIL_FROM_NAME_FORCE', ['mail', 'from_name_force']],
  ['WPMS_MAILER', ['mail', 'mailer']],
  ['WPMS_SET_RETURN_PATH', ['mail', 'return_path']],
  ['WPMS_SSL', ['smtp', 'encryption']],
  ['WPMS_SMTP_HOST', ['smtp', 'host']],
  ['WPMS_SMTP_PORT', ['smtp', 'port']],
  ['WPMS_SMTP_AUTH', ['smtp', 'auth']],
  ['WPMS_SMTP_AUTOTLS', ['smtp', 'autotls']],
  ['WPMS_SMTP_USER', ['smtp', 'user']],
  ['WPMS_SMTP_PASS', ['smtp', 'pass']],
  ['WPMS_DO_NOT_SEND', ['general', 'do_not_send']],
  ['WPMS_ALERT_EMAIL_SEND_TO', ['alert_email', 'connections', '0', 'send_to']],
  ['WPMS_ALERT_SLACK_WEBHOOK_URL', ['alert_slack_webhook', 'connections', '0', 'webhook_url']],
  ['WPMS_ALERT_TEAMS_WEBHOOK_URL', ['alert_teams_webhook', 'connections', '0', 'webhook_url']],
  ['WPMS_ALERT_CUSTOM_WEBHOOK_URL', ['alert_custom_webhook', 'connections', '0', 'webhook_url']],
]);

const mailerConstant =
  /^WPMS_(OUTLOOK|GMAIL|ZOHO|AMAZONSES|MAILGUN|MAILJET|MAILERSEND|MANDRILL|SENDGRID|SPARKPOST|POSTMARK|SMTPCOM|SENDINBLUE|SENDLAYER|ELASTICEMAIL|SMTP2GO|RESEND)_(\w+)$/;
const ofThePlugin = new Set(['WPMS_ON', 'WPMS_LICENSE_KEY', 'WPMS_CRYPTO_KEY']);

/** Constants win over what the plugin keeps, as in the plugin. `options` stays as it is. */
export function layConstants(
  constants: ReadonlyMap<string, PhpValue>,
  { options, findings }: { readonly options: object; readonly findings: Findings },
): object {
  const laid: object = structuredClone(options);
  for (const [name, value] of constants) {
    if (ofThePlugin.has(name)) continue;
    const path = pathOf(name);
    if (path === undefined) findings.leftOut(name, 'concerns the plugin alone');
    else if (typeof value === 'object') {
      findings.toDo(name, `PHP works its value out${namedIn(value)}: put it in by hand`);
    } else {
      put(laid, { path, value });
      if (path[1] === 'connections') put(laid, { path: [path[0] ?? '', 'enabled'], value: true });
    }
  }
  return laid;
}

/** Where it comes from; any other expression may hold a part of a secret. */
function namedIn({ expression }: Expression): string {
  const isName = /^(getenv\(\s*['"]\w+['"]\s*\)|\$_(ENV|SERVER)\[\s*['"]\w+['"]\s*\]|[A-Z_]\w*)$/;
  return isName.test(expression) ? ` (${expression})` : '';
}

function pathOf(name: string): readonly string[] | undefined {
  const [, mailer, key] = mailerConstant.exec(name) ?? [];
  if (mailer !== undefined && key !== undefined) return [mailer.toLowerCase(), key.toLowerCase()];
  return pathOfConstant.get(name);
}

function put(
  root: object,
  { path, value }: { readonly path: readonly string[]; readonly value: unknown },
): void {
  let block = root;
  for (const key of path.slice(0, -1)) {
    const inner: unknown = Object.hasOwn(block, key) ? Reflect.get(block, key) : undefined;
    const next = typeof inner === 'object' && inner !== null ? inner : {};
    Reflect.set(block, key, next);
    block = next;
  }
  Reflect.set(block, path.at(-1) ?? '', value);
}
