/** One hue a domain, the same everywhere. Known domains are spread by hand; others follow from their name. */
const KNOWN: Readonly<Record<string, number>> = {
  fireflies: 75,
  artifact: 165,
  theboard: 285,
  agent: 240,
  llm: 215,
  feature: 130,
  github: 300,
  transcription: 45,
  tts: 55,
  session: 190,
  worktree: 145,
  architecture: 260,
  incident: 25,
  decision: 320,
  bloodbank: 8,
  event_store: 350,
};

export function hueOf(eventType: string): number {
  const domain = eventType.split(".", 1)[0] ?? "";
  const known = KNOWN[domain];
  if (known !== undefined) return known;
  let hash = 7;
  for (const letter of domain) hash = (hash * 31 + letter.charCodeAt(0)) % 360;
  return hash;
}
