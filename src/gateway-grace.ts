// How long each part may take to stop.

/** From SIGTERM to the exit within ten seconds: clients and requests under way have this long, side by side. */
export const clientGraceMs = 3_000;
export const requestGraceMs = 8_000;
/** A client of a direct listener waits for a request, and hears before its own end what became of it. */
export const directGraceMs = 7_000;
