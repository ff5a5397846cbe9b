import { type ThemeConfig, theme } from 'antd';
import { useSyncExternalStore } from 'react';

/** Ink, paper and seal: the colours of the console, for stylesheets (as CSS variables) and for drawings. */
export interface Palette {
  paper: string;
  sheet: string;
  raised: string;
  line: string;
  ink: string;
  inkSoft: string;
  inkFaint: string;
  accent: string;
  accentSoft: string;
  seal: string;
  good: string;
  goodSoft: string;
  warn: string;
  warnSoft: string;
  bad: string;
  badSoft: string;
  /** Series of charts, told apart also by those who do not see red or green. */
  series: string[];
}

const light: Palette = {
  paper: '#f5f3ee',
  sheet: '#fdfcfa',
  raised: '#ffffff',
  line: '#dedad0',
  ink: '#1d2530',
  inkSoft: '#515a66',
  inkFaint: '#636a74',
  accent: '#1f5673',
  accentSoft: '#e3ecf0',
  seal: '#a63a2b',
  good: '#2b6a4d',
  goodSoft: '#e2eee7',
  warn: '#8a5a00',
  warnSoft: '#f6ecd6',
  bad: '#a63a2b',
  badSoft: '#f6e3df',
  series: ['#1f5673', '#c07a1b', '#4d8a6a', '#a63a2b', '#6b5b95', '#7a8794'],
};

const dark: Palette = {
  paper: '#12161b',
  sheet: '#181d23',
  raised: '#1e242b',
  line: '#2f3740',
  ink: '#e6e3dc',
  inkSoft: '#aeb4bb',
  inkFaint: '#929aa3',
  accent: '#7fb6d0',
  accentSoft: '#1f3340',
  seal: '#d4634f',
  good: '#79c09b',
  goodSoft: '#1c3328',
  warn: '#dcae5a',
  warnSoft: '#3a2f17',
  bad: '#e58a78',
  badSoft: '#402420',
  series: ['#7fb6d0', '#e0a95a', '#82c09d', '#e58a78', '#b0a1d8', '#a5afb8'],
};

export type Mode = 'light' | 'dark' | 'system';
const STORED = 'civitas.mode';
const watchers = new Set<() => void>();
const system = window.matchMedia('(prefers-color-scheme: dark)');
let mode = (localStorage.getItem(STORED) ?? 'system') as Mode;

const isDark = () => mode === 'dark' || (mode === 'system' && system.matches);
const variable = (name: string) => `--c-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Writes the palette into the document, for the stylesheet. */
export function applyTheme() {
  const root = document.documentElement;
  root.dataset.theme = isDark() ? 'dark' : 'light';
  for (const [name, value] of Object.entries(isDark() ? dark : light)) {
    if (typeof value === 'string') root.style.setProperty(variable(name), value);
  }
  for (const watcher of watchers) watcher();
}

export function setMode(next: Mode) {
  mode = next;
  localStorage.setItem(STORED, next);
  applyTheme();
}

system.addEventListener('change', applyTheme);

function subscribe(watcher: () => void) {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

export const useMode = () => useSyncExternalStore(subscribe, () => mode);
export const useDark = () => useSyncExternalStore(subscribe, isDark);
export const usePalette = () => (useDark() ? dark : light);

export const FONT =
  '"Source Sans 3", "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans", system-ui, sans-serif';
export const MONO = '"JetBrains Mono", "SF Mono", Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace';

/** The same identity for antd's components. */
export function antdTheme(isDarkNow: boolean): ThemeConfig {
  const palette = isDarkNow ? dark : light;
  return {
    algorithm: isDarkNow ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      colorPrimary: isDarkNow ? '#2f7397' : palette.accent,
      colorPrimaryBg: palette.accentSoft,
      colorSuccessBg: palette.goodSoft,
      colorSuccessBorder: palette.good,
      colorInfoBg: palette.accentSoft,
      colorInfoBorder: palette.accent,
      colorWarningBg: palette.warnSoft,
      colorWarningBorder: palette.warn,
      colorErrorBg: palette.badSoft,
      colorErrorBorder: palette.bad,
      colorLink: palette.accent,
      colorLinkHover: palette.seal,
      colorSuccess: palette.good,
      colorWarning: palette.warn,
      colorError: palette.bad,
      colorInfo: palette.accent,
      colorText: palette.ink,
      colorTextSecondary: palette.inkSoft,
      colorTextTertiary: palette.inkFaint,
      colorTextDescription: palette.inkFaint,
      colorTextPlaceholder: palette.inkFaint,
      colorBgBase: palette.sheet,
      colorBgLayout: palette.paper,
      colorBgContainer: palette.sheet,
      colorBgElevated: palette.raised,
      colorBorder: palette.line,
      colorBorderSecondary: palette.line,
      colorSplit: palette.line,
      borderRadius: 4,
      borderRadiusLG: 6,
      fontFamily: FONT,
      fontFamilyCode: MONO,
      fontSize: 14,
      wireframe: false,
      boxShadow: 'none',
      boxShadowTertiary: 'none',
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.16s',
    },
    components: {
      Table: {
        headerBg: 'transparent',
        headerColor: palette.inkFaint,
        headerSplitColor: 'transparent',
        cellPaddingBlock: 9,
        cellPaddingInline: 12,
        rowHoverBg: palette.accentSoft,
        headerBorderRadius: 0,
      },
      Card: { headerFontSize: 15, headerHeight: 44, bodyPadding: 16, headerPadding: 16 },
      Menu: {
        itemBg: 'transparent',
        itemSelectedBg: palette.accentSoft,
        itemSelectedColor: palette.accent,
        itemBorderRadius: 4,
        itemHeight: 36,
        activeBarBorderWidth: 0,
      },
      Tabs: {
        itemSelectedColor: palette.accent,
        itemHoverColor: palette.accent,
        inkBarColor: palette.seal,
        titleFontSize: 14,
        horizontalItemGutter: 24,
      },
      Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none' },
      Descriptions: { labelBg: 'transparent' },
      Statistic: { contentFontSize: 24 },
    },
  };
}
