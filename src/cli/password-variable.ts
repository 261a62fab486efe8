// Where a command that logs in to a listener finds the password.

/** Environment variable with the password for `--username`: a command line can be read by others. */
export const passwordVariable = 'GRAPHPOST_SMTP_PASSWORD';
