// Whether what lies in the working tree may be released as the version that it names.

export interface ReleaseFacts {
  /** Each version by the place that names it, such as "package.json". */
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly changelog: string;
  /** Lines of `git status --porcelain`. */
  readonly changedFiles: readonly string[];
  readonly tags: readonly string[];
}

export function tagOf(version: string): string {
  return `v${version}`;
}

/** A sentence for each thing that is not as it has to be; none: it may be released. */
export function whyNotReady(facts: ReleaseFacts): readonly string[] {
  const version = facts.versions['package.json'] ?? '';
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version)) {
    return [`package.json names the version "${version}": give one such as 1.2.3`];
  }
  const isTagged = facts.tags.includes(tagOf(version));
  return [
    ...judgeVersions(version, facts.versions),
    ...judgeChangelog(version, facts.changelog),
    ...(isTagged ? [`The tag ${tagOf(version)} exists: take the next version`] : []),
    ...facts.changedFiles.map((line) => `Not committed: ${line.trim()}`),
  ];
}

function judgeVersions(version: string, versions: ReleaseFacts['versions']): readonly string[] {
  return Object.entries(versions)
    .filter(([, named]) => named !== version)
    .map(
      ([place, named = 'none']) => `${place} names the version ${named}, package.json ${version}`,
    );
}

/** As `## 1.2.3 (2026-01-31)`, with what changed below it. */
function judgeChangelog(version: string, changelog: string): readonly string[] {
  const sections = readSections(changelog);
  const unreleased = sections.get('Unreleased') ?? [];
  const title = [...sections.keys()].find((text) => text.split(' ')[0] === version);
  const lines = title === undefined ? undefined : sections.get(title);
  const faults: string[] = [];
  if (unreleased.length > 0) faults.push('CHANGELOG.md has lines under "Unreleased": move them');
  if (lines === undefined) faults.push(`CHANGELOG.md has no section "${version} (<date>)"`);
  if (lines?.length === 0) faults.push(`CHANGELOG.md says nothing under "${title}"`);
  if (title !== undefined && !/^\S+ \(\d{4}-\d{2}-\d{2}\)$/.test(title)) {
    faults.push(`CHANGELOG.md gives no date: "## ${version} (2026-01-31)" is the form`);
  }
  const unfinished = lines?.find((line) => /\b(TODO|TBD|Not yet)\b/i.test(line));
  if (unfinished !== undefined) faults.push(`CHANGELOG.md is unfinished: "${unfinished}"`);
  return faults;
}

/** The lines that are not empty, by the title above them. */
function readSections(changelog: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of changelog.split('\n')) {
    if (line.startsWith('## ')) sections.set(line.slice('## '.length).trim(), (lines = []));
    else if (line.trim() !== '') lines.push(line);
  }
  return sections;
}
