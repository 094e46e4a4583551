/** Writes transcripts to the vault as Markdown that a person likes to read. */

export { ERROR_CODES, type ErrorCode } from "./errors.js";
export { vaultPath } from "./files/file-name.js";
export { renderMarkdown } from "./markdown/render.js";
export { PROCESSOR_QUEUE, type ProcessorOptions, processorService } from "./processor-service.js";
export type { Sentence, Transcript } from "./transcript.js";
