/** Colours by meaning, out of the theme, so that light and dark fit. */
import { usePalette } from '../../../theme';

export type Tone = 'good' | 'wait' | 'warn' | 'bad' | 'off';

export function useTones(): Record<Tone, { line: string; fill: string; text: string }> {
  const palette = usePalette();
  return {
    good: { line: palette.good, fill: palette.goodSoft, text: palette.good },
    wait: { line: palette.accent, fill: palette.accentSoft, text: palette.accent },
    warn: { line: palette.warn, fill: palette.warnSoft, text: palette.warn },
    bad: { line: palette.bad, fill: palette.badSoft, text: palette.bad },
    off: { line: palette.inkFaint, fill: palette.paper, text: palette.inkFaint },
  };
}
