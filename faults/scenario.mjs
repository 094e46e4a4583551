// One layout of processes under load, killed again and again.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../scripts/free-port.mjs";
import { Ledger } from "./ledger.mjs";
import { Load } from "./load.mjs";
import { brokerProcess, effectsProcess, lastWordsOf, platformProcess, until } from "./processes.mjs";

const SERVICES = ["fireflies-webhook", "fireflies-transcript-processor"];

/**
 * @param {object} options
 * @param {boolean} options.apart the broker is a process of its own
 * @param {number} options.kills
 * @param {() => number} options.random from 0 to 1
 * @param {(line: string) => void} options.say
 */
export async function scenario({ apart, kills, random, say }) {
  const folder = await mkdtemp(path.join(tmpdir(), "bloodbank-faults-"));
  const ports = {
    http: await freePort(),
    amqp: await freePort(),
    management: await freePort(),
    effects: await freePort(),
  };
  const broker = apart ? brokerProcess(ports, folder) : undefined;
  const platform = platformProcess(ports, folder, apart);
  const effects = effectsProcess(ports, folder);
  const ledger = new Ledger(ports, folder);
  const load = new Load(ports, ledger);

  const api = (way, method = "GET") =>
    fetch(`http://127.0.0.1:${ports.http}/api/v1/services/${way}`, { method }).then((r) => r.json());
  const again = async (kept) => {
    await kept.end();
    await sleep(random() * 300);
    await kept.start();
  };
  const victims = {
    ...(broker && { broker: () => again(broker) }),
    platform: () => again(platform),
    "effects consumer": () => again(effects),
    "recorder's worker": async () => platform.signal("SIGUSR2"),
    service: async () => {
      const name = SERVICES[Math.floor(random() * SERVICES.length)];
      const { pid } = await api(`${name}/start`, "POST");
      if (pid === undefined) throw new Error(`${name} has no process to kill`);
      process.kill(pid, "SIGKILL");
      // Its supervisor would wait longer after each death; the harness does not.
      await until(async () => (await api(`${name}/start`, "POST")).pid !== pid, `${name} to run again`);
    },
  };
  const names = Object.keys(victims);
  const killed = Object.fromEntries(names.map((name) => [name, 0]));
  const losses = [];
  const began = performance.now();
  try {
    await broker?.start();
    await platform.start();
    await effects.start();
    for (let kill = 0; kill < kills; kill++) {
      load.start();
      await sleep(200 + random() * 1_000);
      // Each in turn first, so that a short run meets all of them.
      const name = kill < names.length ? names[kill] : names[Math.floor(random() * names.length)];
      await victims[name]();
      killed[name]++;
      await sleep(random() * 300);
      await load.stop();
      const found = [...(await ledger.losses()), ...lastWordsOf([broker, platform, effects])];
      losses.push(...found.map((loss) => `after kill ${kill + 1} (${name}): ${loss}`));
      const { webhooks, events } = ledger.counts;
      say(
        `${apart ? "apart" : "whole"} ${kill + 1}/${kills} ${name}: ${webhooks} webhooks, ${events} events, ${losses.length} losses`,
      );
      if (found.length > 0) break;
    }
    return {
      layout: apart ? "`bb broker` and `bb up` apart" : "`bb up` alone",
      kills: Object.values(killed).reduce((sum, each) => sum + each, 0),
      killed,
      ...ledger.counts,
      losses,
      seconds: Math.round((performance.now() - began) / 1_000),
    };
  } catch (error) {
    throw new Error([String(error), ...lastWordsOf([broker, platform, effects])].join("\n"), {
      cause: error,
    });
  } finally {
    await load.stop().catch(() => undefined);
    await effects.end("SIGTERM");
    await platform.end("SIGTERM");
    await broker?.end("SIGTERM");
    if (losses.length === 0) await rm(folder, { recursive: true, force: true });
    else say(`kept for a look: ${folder}`);
  }
}
