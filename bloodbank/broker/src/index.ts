import { RunningBroker } from "./broker.js";
import type { Broker, BrokerOptions } from "./contract.js";

export * from "./contract.js";
export { BROKER_ERRORS, BrokerError, type BrokerErrorCode } from "./errors.js";

/**
 * Starts a broker: locks and recovers the data directory, then listens.
 *
 * @throws BrokerError `DATA_DIR_IN_USE`, `PORT_IN_USE`, `LISTEN_FAILED`, `FORMAT_UNKNOWN`
 *
 * @example
 * const broker = await startBroker({ dataDir: ".bloodbank", port: 0 });
 * console.log(`amqp://guest:guest@${broker.host}:${broker.port}`);
 * await broker.close();
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const broker = new RunningBroker(options);
  try {
    await broker.listen();
  } catch (error) {
    await broker.close();
    throw error;
  }
  return broker;
}
