// Whether this Node can run the program: asked before anything else is loaded, so it is written for older ones, too.

const oldestMajor = 24;

/** A sentence for people; undefined where it can. @param version such as `24.21.0` */
export function versionFault(version: string): string | undefined {
  return Number.parseInt(version, 10) < oldestMajor
    ? `Graphpost needs Node.js ${oldestMajor} or newer; this is ${version}`
    : undefined;
}
