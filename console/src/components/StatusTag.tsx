import { useTranslation } from 'react-i18next';
import { stateName } from './stateName';

export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'quiet';

// What a state means for a person who looks: fine, needs care, wrong, under way, over.
const tones: Record<string, Tone> = {
  active: 'good',
  succeeded: 'good',
  success: 'good',
  up: 'good',
  final: 'good',
  executed: 'good',
  valid: 'good',
  ok: 'good',
  verified: 'good',
  running: 'good',
  resolved: 'good',
  healthy: 'good',
  delivered: 'good',
  pending: 'busy',
  open: 'busy',
  underReview: 'busy',
  registered: 'busy',
  waiting: 'busy',
  passed: 'busy',
  voting: 'busy',
  created: 'busy',
  starting: 'busy',
  approved: 'busy',
  creating: 'busy',
  proposed: 'busy',
  frozen: 'warn',
  suspended: 'warn',
  silenced: 'warn',
  expiring: 'warn',
  lagging: 'warn',
  warning: 'warn',
  acknowledged: 'warn',
  escalated: 'warn',
  stale: 'warn',
  syncing: 'warn',
  degraded: 'warn',
  failed: 'bad',
  down: 'bad',
  rejected: 'bad',
  revoked: 'bad',
  firing: 'bad',
  critical: 'bad',
  expired: 'bad',
  error: 'bad',
  refused: 'bad',
  stopped: 'bad',
  omitted: 'bad',
  invalid: 'bad',
  cancelled: 'quiet',
  withdrawn: 'quiet',
  inactive: 'quiet',
  closed: 'quiet',
  retired: 'quiet',
  deactivated: 'quiet',
  none: 'quiet',
  unknown: 'quiet',
  disabled: 'quiet',
};

/** A state with a mark that does not depend on colour alone; texts are `states.*` of `shell.json`, unknown states are shown as they are. */
export function StatusTag({ value, tone, label }: { value: string | null | undefined; tone?: Tone; label?: string }) {
  const { t } = useTranslation('shell');
  if (!value) return <span className="faint">–</span>;
  const name = stateName(value);
  return (
    <span className={`status ${tone ?? tones[name] ?? 'quiet'}`}>
      <span className="dot" aria-hidden="true" />
      {label ?? t(`states.${name}`, { defaultValue: value })}
    </span>
  );
}
