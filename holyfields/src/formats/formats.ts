/**
 * The formats that a contract may assert, each defined once: by a pattern that JavaScript and Python read alike,
 * and by the calendar where a pattern is not enough. ajv, the generated Zod, the generated Pydantic and Python's
 * jsonschema all check these definitions and no others, so that a verdict does not depend on who gives it.
 *
 * Stricter than the RFCs in two places, because what they admit there can't be kept by those who read it: no leap
 * second (JavaScript's Date, Python's datetime and PostgreSQL have none), and no year 0000.
 */
export interface Format {
  /** One sentence about what is right, to go on from "must be". */
  readonly meaning: string;
  /** Portable regular expression without its anchors; the whole string must match. */
  readonly pattern: string;
  /** The capturing groups 1 to 3 are year, month and day, which must be a day of the calendar. */
  readonly calendar?: boolean;
  /** Longest string, in code points. */
  readonly maxLength?: number;
}

const date = "([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
const time =
  "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])";
const unreserved = "A-Za-z0-9\\-._~";
const delims = "!$&'()*+,;=";
const escaped = "%[0-9A-Fa-f]{2}";
const pchar = `(?:[${unreserved}${delims}:@]|${escaped})`;
const octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const ipv4 = `${octet}(?:\\.${octet}){3}`;
const h16 = "[0-9A-Fa-f]{1,4}";
const ls32 = `(?:${h16}:${h16}|${ipv4})`;
const ipv6 = `(?:${[
  `(?:${h16}:){6}${ls32}`,
  `::(?:${h16}:){5}${ls32}`,
  `(?:${h16})?::(?:${h16}:){4}${ls32}`,
  `(?:(?:${h16}:)?${h16})?::(?:${h16}:){3}${ls32}`,
  `(?:(?:${h16}:){0,2}${h16})?::(?:${h16}:){2}${ls32}`,
  `(?:(?:${h16}:){0,3}${h16})?::${h16}:${ls32}`,
  `(?:(?:${h16}:){0,4}${h16})?::${ls32}`,
  `(?:(?:${h16}:){0,5}${h16})?::${h16}`,
  `(?:(?:${h16}:){0,6}${h16})?::`,
].join("|")})`;
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const host = `(?:\\[${ipv6}\\]|(?:[${unreserved}${delims}]|${escaped})*)`;
const authority = `(?:(?:[${unreserved}${delims}:]|${escaped})*@)?${host}(?::[0-9]*)?`;
const query = `(?:\\?(?:${pchar}|[/?])*)?`;
const fragment = `(?:#(?:${pchar}|[/?])*)?`;
const absolutePath = `/(?:${pchar}+(?:/${pchar}*)*)?`;
const rootless = `${pchar}+(?:/${pchar}*)*`;
const noColon = `(?:[${unreserved}${delims}@]|${escaped})+(?:/${pchar}*)*`;
const uri = `[A-Za-z][A-Za-z0-9+.\\-]*:(?://${authority}(?:/${pchar}*)*|${absolutePath}|${rootless}|)${query}${fragment}`;
const relative = `(?://${authority}(?:/${pchar}*)*|${absolutePath}|${noColon}|)${query}${fragment}`;
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";

export const FORMATS: Readonly<Record<string, Format>> = {
  "date-time": {
    meaning: "an RFC 3339 date-time with an offset, such as 2026-01-31T09:00:00Z",
    pattern: `${date}[Tt]${time}`,
    calendar: true,
  },
  date: { meaning: "an RFC 3339 date, such as 2026-01-31", pattern: date, calendar: true },
  time: { meaning: "an RFC 3339 time with an offset, such as 09:00:00Z", pattern: time },
  duration: {
    meaning: "an ISO 8601 duration, such as PT1H30M",
    pattern:
      "P(?:[0-9]+W|(?=[0-9]|T)(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)",
  },
  uuid: {
    meaning: "a UUID, such as 0190f5c4-7b1e-7c3a-8f00-000000000000",
    pattern: "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
  },
  email: {
    meaning: "an e-mail address, such as zoe@example.com",
    pattern: `${atom}(?:\\.${atom})*@(?:${label}\\.)+${label}`,
    maxLength: 320,
  },
  hostname: {
    meaning: "a host name, such as example.com",
    pattern: `${label}(?:\\.${label})*`,
    maxLength: 253,
  },
  ipv4: { meaning: "an IPv4 address, such as 192.0.2.1", pattern: ipv4 },
  ipv6: { meaning: "an IPv6 address, such as 2001:db8::1", pattern: ipv6 },
  uri: { meaning: "a URI with a scheme, such as https://example.com/a", pattern: uri },
  "uri-reference": { meaning: "a URI or a relative reference", pattern: `(?:${uri}|${relative})` },
  "json-pointer": {
    meaning: "a JSON Pointer, such as /payload/title",
    pattern: "(?:/(?:[^~/]|~0|~1)*)*",
  },
};

const compiled = new Map<string, (text: string) => boolean>();

const daysOf = (year: number, month: number): number =>
  month === 2
    ? (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
      ? 29
      : 28
    : [4, 6, 9, 11].includes(month)
      ? 30
      : 31;

/** Whether there is that day: of a text that begins with a date, whose digits have their fixed places (RFC 3339). */
function isDay(text: string): boolean {
  const tens = (at: number) => 10 * text.charCodeAt(at) + text.charCodeAt(at + 1) - 11 * 48;
  const year = 100 * tens(0) + tens(2);
  return year > 0 && tens(8) <= daysOf(year, tens(5));
}

function compile({ pattern, calendar, maxLength }: Format): (text: string) => boolean {
  const whole = new RegExp(`^(?:${pattern})$`, "u");
  return (text) => {
    // A code point is at most two UTF-16 units: the exact count is needed only between.
    if (maxLength !== undefined && text.length > maxLength && [...text].length > maxLength) return false;
    return whole.test(text) && (calendar !== true || isDay(text));
  };
}

/** The check of a known format, or undefined. */
export function formatCheck(name: string): ((text: string) => boolean) | undefined {
  const found = compiled.get(name);
  if (found !== undefined || !Object.hasOwn(FORMATS, name)) return found;
  const check = compile(FORMATS[name]!);
  compiled.set(name, check);
  return check;
}
