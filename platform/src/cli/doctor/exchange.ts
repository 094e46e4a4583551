/** The events exchange: there, durable, and of the right kind. */
import { type Check, ok } from "./contract.js";

export const checkExchange: Check = async ({ broker, exchange }) => {
  if (broker === undefined) return [];
  const found = broker.exchanges.find(({ name }) => name === exchange);
  if (found === undefined)
    return [
      {
        check: "exchange",
        health: "wrong",
        message: `there is no exchange ${exchange}`,
        hint: "it is declared when the platform connects: restart it, and look whether BLOODBANK_EXCHANGE is the same everywhere",
      },
    ];
  if (found.type !== "topic" || !found.durable)
    return [
      {
        check: "exchange",
        health: "wrong",
        message: `${exchange} is ${found.durable ? "" : "not durable and "}of type ${found.type}; it must be a durable topic exchange`,
        hint: "somebody declared it differently: delete it while nothing runs, and start the platform first",
      },
    ];
  // Somebody who declares a name that is nearly the same has made an exchange of their own.
  const { nearestOf } = await import("@33god/holyfields");
  const others = broker.exchanges
    .map(({ name }) => name)
    .filter((name) => name !== exchange && !/^(amq\.|$)/.test(name));
  const near = nearestOf(exchange, others, 3);
  if (near.length > 0)
    return [
      {
        check: "exchange",
        health: "look",
        message: `beside ${exchange} there is ${near.join(", ")}: what is published there reaches nobody here`,
        hint: "set BLOODBANK_EXCHANGE alike everywhere",
      },
    ];
  return [ok("exchange", `${exchange} is a durable topic exchange`)];
};
