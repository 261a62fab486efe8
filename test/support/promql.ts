// Reads of a PromQL expression which metrics and labels it names, without knowing the whole language.

export interface Matcher {
  readonly label: string;
  /** For a pattern, its alternatives; none where a variable of Grafana stands. */
  readonly values: readonly string[];
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

const operators = new Set(['and', 'or', 'unless', 'offset', 'bool']);
const grouping = /\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;

/** Every identifier that is neither function nor operator is taken for a metric. */
export function selectorsOf(expression: string): readonly Selector[] {
  const bare = expression.replaceAll(grouping, '').replaceAll(/\[[^\]]*\]/g, '');
  return [...bare.matchAll(/\b([a-zA-Z_]\w*)\b(?!\s*\()(?:\{([^}]*)\})?/g)]
    .map(([, metric = '', matchers = '']) => ({ metric, matchers: matchersOf(matchers) }))
    .filter(({ metric }) => !operators.has(metric));
}

function matchersOf(text: string): readonly Matcher[] {
  return [...text.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label = '', , value]) => ({
    label,
    values: value === undefined || value.includes('$') ? [] : value.split('|'),
  }));
}

/** The labels that `by`, `without`, `on` and their like name, by keyword. */
export function groupingsOf(expression: string, keywords: readonly string[]): readonly string[] {
  return [...expression.matchAll(grouping)]
    .filter(([, keyword = '']) => keywords.includes(keyword))
    .flatMap(([, , labels = '']) => labels.split(','))
    .map((label) => label.trim())
    .filter((label) => label !== '');
}
