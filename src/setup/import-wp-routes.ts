// Smart routing of WP Mail SMTP as routes: its groups of conditions are joined by `any`, those of a group by `all`.
import { isHeaderName } from './import-connections.ts';
import type { Block } from './import-document.ts';
import type { Findings } from './import-findings.ts';
import type { Settings } from './import-settings.ts';

interface Routing {
  readonly settings: Settings;
  readonly findings: Findings;
  /** Names of the connections, by the ids that the plugin gave them. */
  readonly connections: ReadonlyMap<string, string>;
}

export interface WpRoute {
  readonly via: string;
  readonly route: Block;
}

export function routesOf(routing: Routing): readonly WpRoute[] {
  const { settings, findings } = routing;
  if (settings.flag('smart_routing', 'enabled') !== true) {
    if (settings.keys('smart_routing', 'routes').length > 0) {
      findings.leftOut('smart_routing', 'is turned off');
    }
    settings.ignore('smart_routing');
    return [];
  }
  return settings.keys('smart_routing', 'routes').flatMap((key, index) => {
    const route = routeOf(key, { ...routing, name: `route ${index + 1}` });
    return route ? [route] : [];
  });
}

function routeOf(
  key: string,
  { settings, findings, connections, name }: Routing & { readonly name: string },
): WpRoute | undefined {
  const path = ['smart_routing', 'routes', key] as const;
  const id = settings.text(...path, 'connection_id') ?? '';
  const via = connections.get(id);
  const groups = settings.keys(...path, 'conditionals').flatMap((position) => {
    const group = groupOf([...path, 'conditionals', position], { settings, findings });
    return group ? [group] : [];
  });
  settings.ignore(...path);
  if (via === undefined) findings.leftOut(path.join('.'), 'its connection is not there any more');
  if (via === undefined || groups.length === 0) return undefined;
  const when = groups.length === 1 ? groups[0] : { any: groups };
  return { via, route: { name, when, send: { via } } };
}

type Path = readonly string[];
type Source = Pick<Routing, 'settings' | 'findings'>;

/** Without one of its conditions it would hold for more mail: then the whole group is left out. */
function groupOf(path: Path, source: Source): Block | undefined {
  const { settings, findings } = source;
  const rules = settings
    .keys(...path)
    .map((position) => readRule([...path, position], settings))
    .filter(({ property, operator }) => property !== '' && operator !== '');
  if (rules.length === 0) return undefined;
  const headerName = rules.find(
    ({ property, operator }) => property === 'header_name' && operator === '==',
  );
  const conditions = rules
    // The name goes into the condition on the value.
    .filter(
      (rule) => rule !== headerName || !rules.some(({ property }) => property === 'header_value'),
    )
    .map((rule) => conditionOf(rule, headerName?.value));
  const unfit = conditions.find((condition) => typeof condition === 'string');
  if (typeof unfit === 'string') {
    findings.leftOut(path.join('.'), unfit);
    return undefined;
  }
  const fit = conditions.filter((condition) => typeof condition !== 'string');
  return fit.length === 1 ? fit[0] : { all: fit };
}

interface Rule {
  readonly property: string;
  readonly operator: string;
  readonly value: string;
}

function readRule(path: Path, settings: Settings): Rule {
  const [property = '', operator = '', value = ''] = ['property', 'operator', 'value'].map((key) =>
    settings.text(...path, key),
  );
  return { property, operator, value: value.trim() };
}

const operators = new Map([
  ['==', 'is'],
  ['!=', 'isNot'],
  ['c', 'contains'],
  ['!c', 'notContains'],
  ['^', 'startsWith'],
  ['~', 'endsWith'],
]);

const properties = new Map([
  ['subject', 'subject'],
  ['message', 'body'],
  ['from_email', 'from'],
  ['from_name', 'from.name'],
  ['to_email', 'to'],
  ['cc', 'cc'],
  // SMTP carries no Bcc field: whom it named is a recipient.
  ['bcc', 'recipient'],
  ['reply_to', 'replyTo'],
]);

/** Or why there is none. */
function conditionOf(
  { property, operator, value }: Rule,
  headerName: string | undefined,
): Block | string {
  const test = operators.get(operator);
  if (test === undefined) return `the operator "${operator}" is not known`;
  const known = properties.get(property);
  if (known !== undefined) return { [known]: { [test]: value } };
  if (property === 'header_value') {
    if (headerName === undefined || !isHeaderName(headerName)) {
      return 'a header value of any field cannot be asked for: name the field by header.<Name>';
    }
    return { [`header.${headerName}`]: { [test]: value } };
  }
  if (property === 'header_name') {
    if ((test !== 'is' && test !== 'isNot') || !isHeaderName(value))
      return 'a part of a field name cannot be asked for';
    return { [`header.${value}`]: { exists: test === 'is' } };
  }
  if (property === 'initiator') {
    return `which plugin sends (${value}) does not travel by SMTP: let it send with a login of its own, and ask for client`;
  }
  return `the condition "${property}" is not known`;
}
