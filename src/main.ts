#!/usr/bin/env node
// Arguments → command → exit code.
import { createProgram } from './cli/program.ts';

await createProgram().parseAsync(process.argv);
