import type { Config } from "../config/contract.js";

/**
 * What every service is given: this process's environment, with the addresses and folders as they turned out. The
 * services run in their own folders, so that nothing relative may be left in it.
 */
export function serviceEnvironment(
  config: Config,
  urls: readonly string[],
  env = process.env,
): NodeJS.ProcessEnv {
  return {
    ...env,
    RABBITMQ_URL: urls.join(","),
    BLOODBANK_EXCHANGE: config.exchange,
    BLOODBANK_DATA_DIR: config.dataDir,
    BLOODBANK_VAULT_DIR: config.vaultDir,
    LOG_LEVEL: config.logLevel,
    ...(config.fireflies.apiKey !== undefined && { FIREFLIES_API_KEY: config.fireflies.apiKey }),
    ...(config.queueType !== undefined && { BLOODBANK_QUEUE_TYPE: config.queueType }),
  };
}
