/** How a thread begins: opens what it needs, says that it is ready, and answers. */
import { parentPort } from "node:worker_threads";
import { storeError } from "../sqlite/database.js";
import { type Methods, type Notice, serve } from "./calls.js";

const port = parentPort;

export const tell = (notice: Notice): void => port?.postMessage(notice);

export const log = (level: "debug" | "info" | "warn" | "error", message: string, fields?: object): void =>
  tell({
    notice: "log",
    level,
    message,
    ...(fields && { fields: JSON.parse(JSON.stringify(fields)) as object }),
  });

export async function begin(open: () => Methods | Promise<Methods>): Promise<void> {
  if (port === null) throw new Error("This file is a thread's.");
  try {
    serve(port, await open());
    tell({ notice: "ready" });
  } catch (error) {
    const { code, message } = storeError(error);
    tell({ notice: "failed", code, message });
  }
}
