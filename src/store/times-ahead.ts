// Times that no clock which is right can have given.

/**
 * Nothing waits longer than this: retries come within hours, and no Retry-After of days is worth waiting for. What is due
 * later than that was written while the clock was ahead, and is due now.
 */
export const longestWaitMs = 7 * 86_400_000;
