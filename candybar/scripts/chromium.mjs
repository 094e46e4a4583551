/** How Chromium is started, in tests and measurements alike: with no sandbox of its own, no GPU, and nothing that calls home. */
export const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
