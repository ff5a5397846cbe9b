/** The life cycle of a business chain as a picture. */
import { useTranslation } from 'react-i18next';
import { StateMachine } from '../governance/pictures/StateMachine';
import type { Tone } from '../governance/pictures/tone';

const PLACES: [state: string, column: number, row: number, tone: Tone][] = [
  ['Registered', 0, 0, 'wait'],
  ['UnderReview', 1, 0, 'wait'],
  ['Active', 2, 0, 'good'],
  ['Frozen', 3, 0, 'warn'],
  ['Rejected', 1, 1, 'bad'],
  ['Cancelled', 3, 1, 'off'],
];

interface Props {
  counts?: Record<string, number>;
  current?: string;
  selected?: string;
  onSelect?: (state: string) => void;
}

export function LifeCycle({ counts, current, selected, onSelect }: Props) {
  const { t } = useTranslation('chains');
  return (
    <StateMachine
      label={t('cycle')}
      current={current}
      selected={selected}
      onSelect={onSelect}
      states={PLACES.map(([key, column, row, tone]) => ({
        key,
        column,
        row,
        tone,
        label: t(`states.${key}`),
        count: counts && (counts[key] ?? 0),
      }))}
      steps={[
        { from: 'Registered', to: 'UnderReview', label: t('steps.startReview') },
        { from: 'UnderReview', to: 'Active', label: t('steps.approve') },
        { from: 'UnderReview', to: 'Rejected', label: t('steps.reject'), bend: -26 },
        { from: 'Rejected', to: 'UnderReview', label: t('steps.appeal'), bend: -26 },
        { from: 'Active', to: 'Frozen', label: t('steps.freeze'), bend: -14 },
        { from: 'Frozen', to: 'Active', label: t('steps.unfreeze'), bend: -14 },
        { from: 'Active', to: 'Cancelled', label: t('steps.cancel') },
        { from: 'Frozen', to: 'Cancelled', label: t('steps.cancel') },
      ]}
    />
  );
}
