// The command line of sendmail(8), as far as programs use it: its flags are grouped, and take values attached or apart.

export interface SendmailArguments {
  /** Recipients as they were given. */
  readonly recipients: readonly string[];
  /** `-t`: those of the header as well. */
  readonly readsRecipients: boolean;
  /** `-i`: a line with a dot alone does not end the message. */
  readonly ignoresDots: boolean;
  /** `-f`, `-r`: MAIL FROM; '' or `<>` is the null one. */
  readonly sender?: string;
  /** `-F`: the name in a From that is added. */
  readonly fullName?: string;
  /** `-N`, in words of RFC 3461 §4.1. */
  readonly notify?: readonly string[];
  /** `-R`: what a report has of the message. */
  readonly returns?: 'FULL' | 'HDRS';
  /** `-V` */
  readonly envelopeId?: string;
  /** `-b`: what it is to do; `m` is to send. */
  readonly mode: string;
  /** `-C`, `--config` */
  readonly config?: string;
  /** `--smtp`: where the listener is. */
  readonly smtp?: string;
  readonly wantsHelp: boolean;
}

/** Flags that have a value, attached or as the next word. */
const valued = new Set(Array.from('ABCFLNORVXbdefhopqr'));
/** Of these the value is attached, or there is none. */
const attachedOnly = new Set(Array.from('deoq'));

type Flags = ReadonlyMap<string, string>;

/** What it does not know is ignored, as sendmail does. A sentence for people where a value is missing. */
export function readArguments(words: readonly string[]): SendmailArguments | string {
  const flags = new Map<string, string>();
  const recipients: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') {
      recipients.push(...words.slice(at + 1));
      break;
    }
    if (word.startsWith('--')) {
      const [name, attached] = splitOnce(word.slice(2));
      if (name === 'help') flags.set('help', '');
      if (name !== 'config' && name !== 'smtp') continue;
      const value = attached ?? words[(at += 1)];
      if (value === undefined) return `--${name} needs a value`;
      flags.set(name, value);
    } else if (word.startsWith('-') && word !== '-') {
      const missing = readGroup(word, words[at + 1], flags);
      if (missing === 'next') at += 1;
      else if (missing !== undefined) return missing;
    } else recipients.push(word);
  }
  const read = toArguments(flags, recipients);
  return isNotify(read.notify) ? read : wrongNotify;
}

const wrongNotify = '-N is never, or some of success, failure and delay';

/** RFC 3461 §4.1: NEVER stands alone. */
function isNotify(words: readonly string[] = []): boolean {
  const wishes = ['SUCCESS', 'FAILURE', 'DELAY'];
  return words.join() === 'NEVER' || words.every((word) => wishes.includes(word));
}

function splitOnce(text: string): readonly [string, string?] {
  const at = text.indexOf('=');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** Returns `next` where the next word was a value, a sentence where there was none. */
function readGroup(word: string, next: string | undefined, flags: Map<string, string>) {
  for (let at = 1; at < word.length; at += 1) {
    const flag = word[at] ?? '';
    if (!valued.has(flag)) {
      flags.set(flag, '');
      continue;
    }
    const attached = word.slice(at + 1);
    if (attached !== '' || attachedOnly.has(flag)) {
      setValue(flags, flag, attached);
      return undefined;
    }
    if (next === undefined) return `-${flag} needs a value`;
    setValue(flags, flag, next);
    return 'next' as const;
  }
  return undefined;
}

/** `-oi` is an older `-i`; there may be several `-o`. */
function setValue(flags: Map<string, string>, flag: string, value: string): void {
  flags.set(flag === 'o' ? `o${value}` : flag, value);
}

function toArguments(flags: Flags, recipients: readonly string[]): SendmailArguments {
  const sender = flags.get('f') ?? flags.get('r');
  const given = {
    ...optional('sender', sender),
    ...optional('fullName', flags.get('F')),
    ...optional('envelopeId', flags.get('V')),
    ...optional('config', flags.get('config') ?? flags.get('C')),
    ...optional('smtp', flags.get('smtp')),
  };
  const notify = flags
    .get('N')
    ?.toUpperCase()
    .split(/[\s,]+/);
  const returns = flags.get('R')?.toUpperCase();
  return {
    ...given,
    recipients,
    readsRecipients: flags.has('t'),
    ignoresDots: flags.has('i') || flags.has('oi'),
    mode: flags.get('b') ?? 'm',
    wantsHelp: flags.has('help'),
    ...(notify && { notify }),
    ...((returns === 'FULL' || returns === 'HDRS') && { returns }),
  };
}

function optional<K extends string>(key: K, value: string | undefined) {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
}
