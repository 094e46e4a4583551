import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** The certificate in PEM: it signs itself, so that it is what a client trusts. */
  readonly ca: string;
}

/** Self-signed, for `localhost` and 127.0.0.1, in the folder. */
export function makeCertificate(folder: string): Certificate {
  const certFile = path.join(folder, "cert.pem");
  const keyFile = path.join(folder, "key.pem");
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync("openssl", ["req", ...kind, ...names, "-keyout", keyFile, "-out", certFile], {
    stdio: "ignore",
  });
  return { certFile, keyFile, ca: readFileSync(certFile, "utf8") };
}
