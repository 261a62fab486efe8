// Covers what looks like a secret in a line of the configuration file, before a person is shown it.

/** A key that sounds like a secret's, however it is spelt. */
const secretKey = String.raw`((?:^|[\s{,["'])[\w-]*(?:pas|pwd|sec|tok|key|slack|teams|webhook)[\w-]*(?:["']\s*:\s*|\s*:\s+))`;
const quotedText = String.raw`"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?`;
/** A value ends with its line, but inside `{ }` where the next key can begin. */
const secretInBlock = new RegExp(`${secretKey}(.+)$`, 'i');
const secretInFlow = new RegExp(
  `${secretKey}(${quotedText}|(?:${String.raw`\$\{[^}]*\}`}|[^,}])+)`,
  'gi',
);
const plainReference = /^["']?\$\{(file:[^{}]*|[A-Za-z0-9_]*)\}["']?$/;
const userInfo = /(:\/\/)([^\s/@]+)(?=@)/g;

/** The line with its secrets covered by as many asterisks, so that carets stay in place. */
export function maskSecrets(line: string): string {
  const [entry = '', key = ''] = secretInBlock.exec(line) ?? [];
  const before = line.slice(0, line.length - entry.length) + key;
  const isInFlow = /(^|[^$])[{[]/.test(before);
  return line
    .replace(
      isInFlow ? secretInFlow : secretInBlock,
      (_, name: string, value: string) => name + mask(value),
    )
    .replace(userInfo, (_, scheme: string, user: string) => scheme + '*'.repeat(user.length));
}

/** A reference to what is elsewhere is no secret itself. */
function mask(value: string): string {
  if (plainReference.test(value.trim())) return value;
  return '*'.repeat(value.trimEnd().length).padEnd(value.length);
}
