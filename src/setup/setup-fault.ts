// Trouble of setup and renewal that whoever runs them can mend.

/** Why something cannot be done. Its message is for people. */
export class SetupFault extends Error {
  override readonly name = 'SetupFault';
}
