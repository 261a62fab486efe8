// Writes graphpost.cdx.json, the bill of materials of what is shipped (CycloneDX): `npm run sbom`.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { z } from 'zod';

const bill = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(
    z.looseObject({
      'bom-ref': z.string(),
      name: z.string(),
      properties: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
    }),
  ),
  dependencies: z.array(
    z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).optional() }),
  ),
});

export type Bill = z.infer<typeof bill>;

/** As npm reads it from the lock file, without what is for development alone. */
export function readBill(): Bill {
  const npm = ['sbom', '--silent', '--package-lock-only', '--sbom-format', 'cyclonedx'];
  const output = execFileSync('npm', npm, {
    cwd: new URL('..', import.meta.url),
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  });
  return withoutDevelopment(bill.parse(JSON.parse(output)));
}

/** npm's own `--omit dev` leaves out whatever a dependency of development needs, too, such as zod. */
function withoutDevelopment(whole: Bill): Bill {
  const components = whole.components.filter(
    ({ properties = [] }) => !properties.some(({ name }) => name === 'cdx:npm:package:development'),
  );
  const leftOut = new Set(whole.components.map((component) => component['bom-ref']));
  for (const component of components) leftOut.delete(component['bom-ref']);
  const dependencies = whole.dependencies
    .filter(({ ref }) => !leftOut.has(ref))
    .map(({ dependsOn = [], ...dependency }) => ({
      ...dependency,
      dependsOn: dependsOn.filter((ref) => !leftOut.has(ref)),
    }));
  return { ...whole, components, dependencies };
}

if (import.meta.main) {
  const file = 'graphpost.cdx.json';
  const shipped = readBill();
  writeFileSync(file, `${JSON.stringify(shipped, null, 2)}\n`);
  process.stdout.write(`${file}: ${shipped.components.length} packages\n`);
}
