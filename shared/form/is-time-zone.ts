/** True for a time zone that this machine knows by this name (IANA). A name it does not know would break every exchange. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
