import { useTranslation } from 'react-i18next';
import { MASK } from '../mask';

// Characters that reorder or hide text: a hostile name must not change how the rest of a line reads.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;
const LINE_END = /\r\n|\r|\n/;
// A mask, with the category for those who have to know it.
const MASKED = /(▇▇▇(?:\[[^\]]{1,80}\])?)/u;
/** Characters of a long text: the bytes that a notice may have, so that nobody has to guess what was asked. */
const LONG_CHARACTERS_MAX = 16_000;

/** Text that others wrote (names of tokens, reasons, metadata), made harmless to read. */
export const harmless = (text: string, characters = 200) => {
  const clean = text.replace(HIDDEN, '\u2423');
  const letters = [...clean];
  return letters.length > characters ? `${letters.slice(0, characters).join('')}…` : clean;
};

/** A text of several lines: each of them harmless, with the ends of lines that its author set. */
export const harmlessLines = (text: string, characters = LONG_CHARACTERS_MAX) => {
  const letters = [...text];
  const shown = letters.slice(0, characters).join('');
  const lines = shown.split(LINE_END).map((line) => harmless(line, characters));
  return `${lines.join('\n')}${letters.length > characters ? '…' : ''}`;
};

/** Shows such text: isolated in direction, cut to a length; the whole of it is in the title. Masked words are marked. */
export function Untrusted({ text, characters = 80 }: { text: string | null | undefined; characters?: number }) {
  if (text === null || text === undefined || text === '') return <span className="faint">–</span>;
  const whole = harmless(text, 2_000);
  const shown = harmless(text, characters);
  return (
    <bdi className="untrusted" title={whole}>
      {shown.includes(MASK) ? <Masked text={shown} /> : shown}
    </bdi>
  );
}

/** Shows what others wrote at length (notices, replies, reasons) with its lines: whoever is asked reads all of it. */
export function UntrustedText({ text, characters }: { text: string; characters?: number }) {
  const shown = harmlessLines(text, characters);
  return <bdi className="untrusted lines">{shown.includes(MASK) ? <Masked text={shown} /> : shown}</bdi>;
}

function Masked({ text }: { text: string }) {
  const { t } = useTranslation('content');
  // Every second part is a mask; parts never change their order.
  return text.split(MASKED).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never change their order
      <mark key={index} className="masked" title={t('masked')}>
        {part}
      </mark>
    ) : (
      part
    ),
  );
}
