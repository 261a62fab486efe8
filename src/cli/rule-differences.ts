// Compares what became of a message with what a case of `graphpost rules test` expects of it.
import type { ExplainReport } from '../trial/report.ts';
import type { RuleExpectation } from './rule-cases.ts';

export interface Difference {
  /** The key of `expect`, such as `via` or `headers.X-Route`. */
  readonly key: string;
  readonly expected: string;
  readonly got: string;
}

/**
 * None where the report is as expected; what `expect` does not name is not compared, but a refusal that nobody expects
 * is named as the cause of other differences.
 */
export function compareReport(
  expected: RuleExpectation,
  report: ExplainReport,
): readonly Difference[] {
  const differences = compareNamed(expected, report);
  if (differences.length === 0 || expected.refused !== undefined) return differences;
  return [...differences, ...compareRefusal(false, report)];
}

function compareNamed(expected: RuleExpectation, report: ExplainReport): readonly Difference[] {
  const { route, via, from, sendAs, recipients, headers = {} } = expected;
  const sends = report.routes.flatMap((one) => one.sends);
  return [
    ...compareLists(
      'route',
      route,
      report.recipients.map(({ taken }) => taken),
    ),
    ...compareLists(
      'via',
      via,
      sends.map(({ connection }) => connection),
    ),
    ...compareLists(
      'from',
      from,
      sends.map((send) => send.from),
    ),
    ...compareLists(
      'sendAs',
      sendAs,
      sends.map((send) => send.sendAs),
    ),
    ...compareLists(
      'recipients',
      recipients,
      sends.flatMap((send) => send.recipients),
    ),
    ...compareFlag(
      'dropped',
      expected.dropped,
      report.routes.some(({ action }) => action === 'drop'),
    ),
    ...compareFlag(
      'held',
      expected.held,
      report.routes.some(({ held }) => held),
    ),
    ...compareRefusal(expected.refused, report),
    ...Object.entries(headers).flatMap(([name, value]) =>
      compareField(
        name,
        value,
        sends.map(({ header }) => header),
      ),
    ),
  ];
}

/** As sets: the order says nothing, and who is meant is compared without case. */
function compareLists(
  key: string,
  expected: readonly string[] | undefined,
  got: readonly string[],
): readonly Difference[] {
  if (expected === undefined) return [];
  const [wanted, found] = [normalize(expected), normalize(got)];
  if (wanted.join('\n') === found.join('\n')) return [];
  return [{ key, expected: list(wanted), got: list(found) }];
}

function normalize(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.map((text) => text.toLowerCase()))].toSorted();
}

function list(texts: readonly string[]): string {
  return texts.length === 0 ? 'none' : texts.join(', ');
}

function compareFlag(
  key: string,
  expected: boolean | undefined,
  got: boolean,
): readonly Difference[] {
  if (expected === undefined || expected === got) return [];
  return [{ key, expected: String(expected), got: String(got) }];
}

function compareRefusal(
  expected: boolean | string | undefined,
  { outcome, reply, diagnostic }: ExplainReport,
): readonly Difference[] {
  const isRefused = outcome === 'refused';
  if (expected === undefined || expected === isRefused) return [];
  const isAsSaid = typeof expected === 'string' && isRefused && reply.includes(expected);
  if (isAsSaid) return [];
  const got = isRefused ? `${reply} (${diagnostic})` : 'false';
  return [{ key: 'refused', expected: String(expected), got }];
}

/** Of every send. */
function compareField(
  name: string,
  expected: string | null,
  headers: readonly string[],
): readonly Difference[] {
  return headers.flatMap((header) => {
    const got = fieldOf(header, name);
    if (got === expected) return [];
    return [{ key: `headers.${name}`, expected: expected ?? 'none', got: got ?? 'none' }];
  });
}

/** Unfolded; the first of that name. */
function fieldOf(header: string, name: string): string | null {
  const fields = header.split(/\n(?![ \t])/).map((field) => field.replaceAll('\n', ''));
  const start = `${name.toLowerCase()}:`;
  const field = fields.find((one) => one.toLowerCase().startsWith(start));
  return field === undefined ? null : field.slice(start.length).trim();
}
