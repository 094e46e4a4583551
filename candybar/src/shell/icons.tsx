/** The page's own icons: 16 units, one stroke. */
const paths = {
  live: "M1 8h3l2-5 3 10 2-6 1 1h3",
  topology: "M8 2v4M8 6 3.500 11M8 6l4.500 5M2 11h3v3H2zM11 11h3v3h-3zM6.500 1h3v2h-3z",
  contracts: "M4 1.500h6l3 3v10H4zM6.500 7h4M6.500 10h4",
  services: "M2 3h12v4H2zM2 9h12v4H2zM4.500 5h.01M4.500 11h.01",
  letters: "M2 3.500h12v9H2zM2 4l6 5 6-5",
  replays: "M3 8a5 5 0 1 0 1.600-3.700M3 2v3h3M7 6l3 2-3 2z",
  health: "M8 14S2 10.500 2 6.200A3.200 3.200 0 0 1 8 4.600a3.200 3.200 0 0 1 6 1.600C14 10.500 8 14 8 14Z",
} as const;

export type IconName = keyof typeof paths;

export const Icon = ({ name }: { name: IconName }) => (
  <svg
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.400"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={paths[name]} />
  </svg>
);

export const Logo = () => (
  <svg viewBox="0 0 28 18" aria-hidden="true">
    <rect x="0" y="1" width="28" height="16" rx="4" fill="var(--brand)" />
    <path d="M9.300 1v16M18.700 1v16" stroke="var(--brand-ink)" strokeOpacity="0.4" strokeWidth="1.300" />
    <path
      d="M2.500 9H7l2.200-4 3 9 3.200-11 2.600 8 1.500-2h6"
      fill="none"
      stroke="var(--brand-ink)"
      strokeWidth="1.700"
      strokeLinejoin="round"
      strokeLinecap="round"
    />
  </svg>
);
