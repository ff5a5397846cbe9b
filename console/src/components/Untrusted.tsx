// Characters that reorder or hide text: a hostile name must not change how the rest of a line reads.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** Text that others wrote (names of tokens, reasons, metadata), made harmless to read. */
export const harmless = (text: string, characters = 200) => {
  const clean = text.replace(HIDDEN, '\u2423');
  const letters = [...clean];
  return letters.length > characters ? `${letters.slice(0, characters).join('')}…` : clean;
};

/** Shows such text: isolated in direction, cut to a length; the whole of it is in the title. */
export function Untrusted({ text, characters = 80 }: { text: string | null | undefined; characters?: number }) {
  if (text === null || text === undefined || text === '') return <span className="faint">–</span>;
  const whole = harmless(text, 2_000);
  return (
    <bdi className="untrusted" title={whole}>
      {harmless(text, characters)}
    </bdi>
  );
}
