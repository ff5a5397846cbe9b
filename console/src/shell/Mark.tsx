/** The seal of Civitas. */
export const Mark = ({ size = 28 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" role="img" aria-label="Civitas">
    <rect width="32" height="32" rx="5" fill="var(--c-seal)" />
    <path d="M22 11.2a8 8 0 1 0 0 9.6M16 8v16" fill="none" stroke="#fbf9f4" strokeWidth="2.6" strokeLinecap="square" />
  </svg>
);
