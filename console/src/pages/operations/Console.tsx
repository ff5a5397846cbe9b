/** The console itself: its checks, what is wrong and what to do. */
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/hooks';
import { Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { Untrusted } from '../../components/Untrusted';
import { useDetail } from './Nodes';
import type { OperatedConsole } from './types';

export function ConsolePanel() {
  const { t } = useTranslation('operations');
  const detailOf = useDetail();
  const answer = useRead<OperatedConsole>('/api/v1/operations/console', {}, { every: 15_000 });
  return (
    <Panel title={t('console')}>
      <Loaded answer={answer} rows={2}>
        {({ checks, diagnosis }) => (
          <div className="stack tight">
            <div className="small">
              {checks.map((check) => (
                <span key={check.name} className={check.ok ? 'faint' : 'bad'} style={{ marginInlineEnd: 20 }}>
                  {t(`checks.${check.name}`)}: <Untrusted text={detailOf(check)} characters={200} />
                </span>
              ))}
            </div>
            {diagnosis.map((fault) => (
              <div key={fault.code} className={`cure ${fault.severity}`}>
                <strong className={fault.severity === 'critical' ? 'bad' : 'warn'}>{fault.cause}</strong>
                <p>{fault.cure}</p>
              </div>
            ))}
          </div>
        )}
      </Loaded>
    </Panel>
  );
}
