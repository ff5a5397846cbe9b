/** One line of a log, with the words that were searched for marked. */
import { useTranslation } from 'react-i18next';
import { harmless } from '../../components/Untrusted';

export interface LogLine {
  id: string;
  time: string;
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  node: string;
  target: string;
  message: string;
}

export function Line({ line, words }: { line: LogLine; words: string }) {
  const { t, i18n } = useTranslation('monitoring');
  const at = new Date(line.time);
  const format = new Intl.DateTimeFormat(i18n.language, {
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  });
  return (
    <div className={`log-line ${line.level}`}>
      <time dateTime={line.time} title={line.time}>
        {format.format(at)}
      </time>
      <span className="log-level">{t(`logs.levels.${line.level}`)}</span>
      <span className="faint">{harmless(line.node, 24)}</span>
      <span className="text">
        {line.target && <span className="faint">{harmless(line.target, 60)} </span>}
        <Marked text={harmless(line.message, 2_000)} words={words} />
      </span>
    </div>
  );
}

/** The text with the words that were searched for marked. */
function Marked({ text, words }: { text: string; words: string }) {
  const wanted = words
    .split(/["\s]+/)
    .filter((word) => word !== '' && !word.startsWith('-'))
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (wanted.length === 0) return text;
  const parts = text.split(new RegExp(`(${wanted.join('|')})`, 'gi'));
  // Every second part is one of the words.
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a line never change their order
  return parts.map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part));
}
