/** A wide thing that scrolls sideways, by the keyboard too. */
import type { ReactNode } from 'react';

export function Scroller({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by the keyboard
    <section className="scroller" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
