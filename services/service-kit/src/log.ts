/** One JSON line an occurrence, in pino's form, so that the platform's tools read both alike. */

const LEVELS = { debug: 20, info: 30, warn: 40, error: 50 } as const;

export type Level = keyof typeof LEVELS;
export type Log = (level: Level, message: string, fields?: object) => void;

/**
 * @param write takes one line without its end
 */
export function jsonLog(service: string, least: Level, write: (line: string) => void): Log {
  return (level, message, fields) => {
    if (LEVELS[level] < LEVELS[least]) return;
    write(JSON.stringify({ level: LEVELS[level], time: Date.now(), name: service, ...fields, msg: message }));
  };
}
