/** All checks, in the order of the guide: from the connection up to the causes. */

import { CliError, messageOf } from "../errors.js";
import { checkBindings } from "./bindings.js";
import { checkConnection } from "./connection.js";
import { checkConsumers } from "./consumers.js";
import type { BrokerFacts, Check, Diagnosis, Patient } from "./contract.js";
import { checkContracts } from "./contracts.js";
import { checkCorrelation } from "./correlation.js";
import { checkDeadLetters } from "./dead-letters.js";
import { checkExchange } from "./exchange.js";
import { checkOtherBroker } from "./other-broker.js";
import { checkServices } from "./services.js";

const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ["connection", checkConnection],
  ["other broker", checkOtherBroker],
  ["exchange", checkExchange],
  ["services", checkServices],
  ["bindings", checkBindings],
  ["dead letters", checkDeadLetters],
  ["contracts", checkContracts],
  ["correlation", checkCorrelation],
  ["consumers", checkConsumers],
];

/** One check that fails to look does not keep the others from looking. */
export async function* examine(patient: Omit<Patient, "broker">): AsyncGenerator<Diagnosis, void, undefined> {
  const whole: Patient = { ...patient, broker: await brokerFacts(patient) };
  for (const [name, check] of CHECKS) {
    try {
      yield* await check(whole);
    } catch (error) {
      // Without a platform there is nothing more to look at; what speaks another language is none.
      if (error instanceof CliError && (error.code === "UNREACHABLE" || error.code === "NOT_UNDERSTOOD"))
        throw error;
      yield {
        check: name,
        health: "unknown",
        message: `could not be looked at: ${messageOf(error)}`,
        hint: error instanceof CliError ? error.hint : undefined,
      };
    }
  }
}

async function brokerFacts({ client }: Pick<Patient, "client">): Promise<BrokerFacts | undefined> {
  const list = async <Item>(name: string): Promise<readonly Item[]> => {
    const answer = await client.json<Record<string, readonly Item[]>>(`/api/v1/topology/${name}`);
    return answer[name] ?? [];
  };
  try {
    const [queues, exchanges, bindings, connections, consumers] = await Promise.all([
      list<BrokerFacts["queues"][number]>("queues"),
      list<BrokerFacts["exchanges"][number]>("exchanges"),
      list<BrokerFacts["bindings"][number]>("bindings"),
      list<BrokerFacts["connections"][number]>("connections"),
      list<BrokerFacts["consumers"][number]>("consumers"),
    ]);
    return { queues, exchanges, bindings, connections, consumers };
  } catch (error) {
    // Whom the platform does not know is not told that the broker is away.
    if (error instanceof CliError && (error.code === "UNREACHABLE" || error.code === "NOT_ALLOWED"))
      throw error;
    return undefined;
  }
}
