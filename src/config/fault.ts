// Faults of a configuration file: where, what is wrong, and how a person is shown them.

/** One thing that is wrong with the file. Holds no value that came by expansion, and no secret. */
export interface ConfigFault {
  /** As it was named to `loadConfig`. */
  readonly file: string;
  /** From 1; 0 where the file as a whole is meant. */
  readonly line: number;
  /** From 1; 0 where the file as a whole is meant. */
  readonly column: number;
  /** Such as `routes[2].send.via`; '' where no key is concerned. */
  readonly key: string;
  readonly message: string;
  /** What was probably meant, or what to do. */
  readonly hint?: string;
  readonly excerpt?: Excerpt;
}

/** A line of the file with its secrets masked, and the part of it that a fault is about. */
export interface Excerpt {
  readonly text: string;
  /** Offset in `text`, from 0. */
  readonly start: number;
  readonly length: number;
}

/** `file:line:column: key: what is wrong`, and below it the line with carets under what is meant. */
export function formatFault(fault: ConfigFault): string {
  const { file, line, column } = fault;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const head = [place, fault.key, fault.message].filter((part) => part !== '').join(': ');
  if (fault.excerpt === undefined) return [head, fault.hint].filter(Boolean).join('; ');
  return `${head}\n${formatExcerpt(fault.excerpt, fault)}`;
}

/** All faults of a file, one after the other, and how many they are; each line is closed. */
export function formatFaults(faults: readonly ConfigFault[]): string {
  const [first] = faults;
  if (first === undefined) return '';
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  return [...faults.map(formatFault), `${first.file} has ${count}`].join('\n') + '\n';
}

function formatExcerpt({ text, start, length }: Excerpt, { line, hint }: ConfigFault): string {
  const number = String(line);
  const carets = ' '.repeat(start) + '^'.repeat(Math.max(length, 1));
  const remark = hint === undefined ? '' : ` ${hint}`;
  return `  ${number} | ${text}\n  ${' '.repeat(number.length)} | ${carets}${remark}`;
}

export function sortFaults(faults: readonly ConfigFault[]): readonly ConfigFault[] {
  return faults.toSorted((one, other) => one.line - other.line || one.column - other.column);
}
