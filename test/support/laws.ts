// Laws are tried with the same random values in each run, so that a run can be repeated; GRAPHPOST_TEST_SEED asks for others.
import { randomInt } from 'node:crypto';
import fc from 'fast-check';

const wanted = process.env['GRAPHPOST_TEST_SEED'] ?? '1';
const seed = wanted === 'random' ? randomInt(2 ** 31) : Number(wanted);
if (!Number.isInteger(seed)) {
  throw new Error(`GRAPHPOST_TEST_SEED is a whole number or "random": "${wanted}"`);
}
// A law that fails says its seed.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
