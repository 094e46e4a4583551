/** What each kind of value must look like. A reader throws the end of the sentence "NAME: …". */

export class BadValue extends Error {}

export function address(value: string, ...protocols: readonly string[]): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !protocols.includes(url.protocol.slice(0, -1)) || url.hostname === "")
    throw new BadValue(`"${withoutPassword(value)}" is not an address like ${protocols[0]}://host:port/`);
  // Whoever connects decodes them.
  for (const part of [url.username, url.password, url.pathname])
    try {
      decodeURIComponent(part);
    } catch {
      throw new BadValue(
        `"${withoutPassword(value)}" has a % in its ${part === url.pathname ? "path" : "user or password"} that begins no sign: write a plain one as %25`,
      );
    }
  return value;
}

export function port(value: string): number {
  const number = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number <= 65_535)) throw new BadValue(`"${value}" is not a port from 0 to 65535`);
  return number;
}

export function oneOf<T extends string>(value: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === value.toLowerCase());
  if (choice === undefined) throw new BadValue(`"${value}" is none of ${choices.join(", ")}`);
  return choice;
}

/** A name of AMQP: a short string (AMQP 0-9-1 §4.2.5.3), 255 bytes at most. */
export function amqpName(value: string): string {
  if (Buffer.byteLength(value) > 255) throw new BadValue("is longer than 255 bytes");
  if (value.startsWith("amq."))
    throw new BadValue(`"${value}" is reserved: names that begin with amq. are the broker's`);
  return value;
}

export function hostName(value: string): string {
  if (!/^[\w.:%-]+$/.test(value)) throw new BadValue(`"${value}" is not a host name or an IP address`);
  return value;
}

/** An address as it may be shown. */
export function withoutPassword(value: string): string {
  if (!URL.canParse(value)) return value.replace(/\/\/([^/@]*?):[^/@]*@/, "//$1:***@");
  const url = new URL(value);
  const inQuery = url.searchParams.has("password");
  if (url.password === "" && !inQuery) return value;
  if (url.password !== "") url.password = "***";
  // As PostgreSQL's addresses may have it.
  if (inQuery) url.searchParams.set("password", "***");
  return url.href;
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** As OpenTelemetry writes headers in a variable: `name=value,name=value`, values percent-encoded. */
export function headerList(value: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    value.split(",").map((pair) => {
      const at = pair.indexOf("=");
      if (at <= 0) throw new BadValue("is not a list of name=value with commas between");
      return [pair.slice(0, at).trim().toLowerCase(), decodeURIComponent(pair.slice(at + 1).trim())];
    }),
  );
}
