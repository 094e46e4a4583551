/** Which platform a command speaks to, and how that was found. */
import { runningPlatform } from "@33god/service-kit";
import { envPort } from "../env-port.js";
import { CliError } from "../errors.js";
import type { Terminal } from "../terminal/terminal.js";

export interface PlatformPlace {
  readonly http: string;
  readonly management: string | undefined;
  readonly amqp: string | undefined;
  readonly foundBy: "--url" | "BLOODBANK_HTTP_PORT" | "the running platform's file" | "the default address";
}

const DEFAULT_PORT = 8682;

/** `--url`, then `BLOODBANK_HTTP_PORT`, then the file of a platform that runs here, then the default port. */
export function findPlatform({ env, cwd }: Terminal, url: string | undefined): PlatformPlace {
  const running = runningPlatform(env, cwd);
  if (url !== undefined) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new CliError("BAD_USAGE", `--url: "${url}" is not an http or https address`, {
        hint: "write it as http://127.0.0.1:8682",
      });
    const http = new URL(url).origin;
    return { ...brokerOf(http), http, foundBy: "--url" };
  }
  const port = env.BLOODBANK_HTTP_PORT?.trim();
  // 0 is any free port: only the file knows which one it became.
  if (port && Number(port) !== 0) {
    envPort("BLOODBANK_HTTP_PORT", port);
    // The file knows the scheme and the host too, where it speaks of the same port.
    const http =
      running !== undefined && portOf(running.http) === Number(port)
        ? running.http
        : `http://${hostOf(env.BLOODBANK_HOST)}:${port}`;
    return { ...brokerOf(http), http, foundBy: "BLOODBANK_HTTP_PORT" };
  }
  if (running !== undefined)
    return { ...brokerOf(running.http), http: running.http, foundBy: "the running platform's file" };
  return {
    http: `http://127.0.0.1:${DEFAULT_PORT}`,
    management: undefined,
    amqp: undefined,
    foundBy: "the default address",
  };

  /** The file tells of its own platform's broker and of no other's. */
  function brokerOf(http: string): Pick<PlatformPlace, "management" | "amqp"> {
    const same = running !== undefined && portOf(running.http) === portOf(http);
    return { management: same ? running.management : undefined, amqp: same ? running.amqp : undefined };
  }
}

const portOf = (url: string): number => {
  const { port, protocol } = new URL(url);
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
};

/** An address that means "all of this machine" is spoken to on loopback. */
function hostOf(host: string | undefined): string {
  const named = host?.trim() || "127.0.0.1";
  if (named === "0.0.0.0") return "127.0.0.1";
  return named.includes(":") ? `[${named === "::" ? "::1" : named}]` : named;
}
