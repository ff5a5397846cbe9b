/** What the city is set to: rules of voting as bars, its policy, the parameters of its ledgers. */
import { Button, Flex, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Count } from '../../components/Amount';
import { Facts, Page, Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { Untrusted } from '../../components/Untrusted';
import { Scroller } from './Scroller';
import { useSpan } from './time';
import type { Parameters } from './types';

export function ParametersPage() {
  const { t } = useTranslation('governance');
  const answer = useRead<Parameters>('/api/v1/parameters');
  return (
    <Page title={t('tabs.parameters')}>
      <Loaded answer={answer}>
        {(parameters) => (
          <>
            <Rules rules={parameters.rules} />
            <Ledgers ledgers={parameters.ledgers} />
            <Policy parameters={parameters} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Propose({ to }: { to: string }) {
  const { t } = useTranslation('governance');
  const may = useRights();
  if (!may('transact')) return null;
  return (
    <Link to={`/governance/proposals/new?act=${to}`}>
      <Button size="small">{t('parameters.change')}</Button>
    </Link>
  );
}

/** For each kind the approvals that it needs, and its way through time on one scale. */
function Rules({ rules }: { rules: Parameters['rules'] }) {
  const { t } = useTranslation('governance');
  const span = useSpan();
  const longest = Math.max(1, ...rules.map((rule) => rule.votingSeconds + rule.timelockSeconds));
  const share = (seconds: number) => `${(100 * seconds) / longest}%`;
  return (
    <Panel title={t('parameters.rules')} extra={<Propose to="ruleSet" />}>
      <p className="faint">{t('parameters.rulesHint')}</p>
      <div className="rules">
        {rules.map((rule) => (
          <div key={rule.kind} className="rule">
            <div className="rule-name">{t(`kinds.${rule.kind}`)}</div>
            <div>
              <div className="gauge" aria-hidden>
                <span className="gauge-fill" style={{ width: `${rule.approvalPercent}%` }} />
              </div>
              <span className="small">
                {rule.approvalPercent}% · {t('parameters.minimum', { count: rule.approvalsMin })}
              </span>
            </div>
            <div>
              <div className="gauge split" aria-hidden>
                <span className="gauge-fill" style={{ width: share(rule.votingSeconds) }} />
                <span className="gauge-fill wait" style={{ width: share(rule.timelockSeconds) }} />
              </div>
              <span className="small">
                {t('parameters.voting')} {span(rule.votingSeconds)} ·{' '}
                {rule.timelockSeconds > 0 ? `${t('parameters.timelock')} ${span(rule.timelockSeconds)}` : t('parameters.noWait')}
              </span>
            </div>
          </div>
        ))}
      </div>
    </Panel>
  );
}

function Policy({ parameters }: { parameters: Parameters }) {
  const { t } = useTranslation('governance');
  const span = useSpan();
  const { policy } = parameters;
  return (
    <Panel title={t('parameters.policy')} extra={<Propose to="policySet" />}>
      <Facts
        items={[
          [t('fields.deploymentRestricted'), policy.deploymentRestricted ? t('yes') : t('no')],
          [t('fields.identityRequired'), policy.identityRequired ? t('yes') : t('no')],
          [
            t('parameters.quota'),
            policy.defaultQuota === 0 ? t('parameters.unbounded') : <Count key="quota" value={policy.defaultQuota} />,
          ],
          [t('fields.periodSeconds'), policy.periodSeconds > 0 ? span(policy.periodSeconds) : t('parameters.none')],
          [
            t('parameters.offices'),
            <Flex key="offices" gap={8} align="center">
              {parameters.officeThreshold} <Propose to="officeThreshold" />
            </Flex>,
          ],
        ]}
      />
    </Panel>
  );
}

function Ledgers({ ledgers }: { ledgers: Parameters['ledgers'] }) {
  const { t } = useTranslation('governance');
  return (
    <Panel title={t('parameters.ledgers')} extra={<Propose to="ledgerAdjust" />} flush>
      <Scroller label={t('parameters.ledgers')}>
        <Table
          aria-label={t('parameters.ledgers')}
          size="small"
          pagination={false}
          rowKey="name"
          dataSource={ledgers}
          columns={[
            { key: 'name', title: t('parameters.ledger'), render: (_, each) => <Untrusted text={each.name} /> },
            { key: 'id', title: t('fields.chainId'), render: (_, each) => each.chainId },
            { key: 'interval', title: t('parameters.interval'), render: (_, each) => `${each.parameters.blockIntervalMs} ms` },
            { key: 'heartbeat', title: t('parameters.heartbeat'), render: (_, each) => `${each.parameters.heartbeatMs} ms` },
            { key: 'gas', title: t('parameters.gas'), render: (_, each) => <Count value={each.parameters.blockGasMax} /> },
            { key: 'ordering', title: t('parameters.ordering'), render: (_, each) => each.parameters.ordering ?? '–' },
            { key: 'epoch', title: t('parameters.epoch'), render: (_, each) => <Count value={each.parameters.epochBlocks} /> },
          ]}
        />
      </Scroller>
    </Panel>
  );
}
