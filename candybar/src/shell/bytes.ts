const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `161 MB`, `3.2 GB`; a dash for what is not known. */
export function bytes(count: number | null | undefined): string {
  if (count == null || Number.isNaN(count)) return "—";
  const step = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** step;
  return `${value < 10 && step > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[step]}`;
}
