/** The rules: what is looked for, for whom, on which basis, and whether it counts. */
import { PlusOutlined } from '@ant-design/icons';
import { Button, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { Page as ApiPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Untrusted } from '../../components/Untrusted';
import { Scroller } from '../governance/Scroller';
import { type Rule, SUPERVISION } from './types';
import { ModeTag, SeverityTag, useBoth } from './Words';

export function Rules() {
  const { t } = useTranslation('supervision');
  const may = useRights();
  const navigate = useNavigate();
  const answer = useRead<ApiPage<Rule>>(`${SUPERVISION}/rules`, {}, { every: 10_000 });
  return (
    <Page
      title={t('tabs.rules')}
      subtitle={t('rules.hint')}
      actions={
        may('supervise') && (
          <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => void navigate('/supervision/rules/new')}>
            {t('rules.new')}
          </Button>
        )
      }
    >
      <Panel flush>
        <Loaded answer={answer} rows={8}>
          {({ items }) => (items.length === 0 ? <EmptyState title={t('rules.empty')} /> : <RuleTable rules={items} />)}
        </Loaded>
      </Panel>
    </Page>
  );
}

function RuleTable({ rules }: { rules: Rule[] }) {
  const { t } = useTranslation('supervision');
  const both = useBoth();
  return (
    <Scroller label={t('tabs.rules')}>
      <Table<Rule>
        aria-label={t('tabs.rules')}
        size="small"
        rowKey={(one) => `${one.rule.id} ${one.version}`}
        pagination={rules.length > 50 ? { pageSize: 50 } : false}
        dataSource={rules}
        columns={[
          {
            key: 'title',
            title: t('filters.rule'),
            render: (_, one) => (
              <div>
                <Link to={`/supervision/rules/${one.rule.id}`}>
                  <Untrusted text={both(one.rule.title)} characters={40} />
                </Link>
                <div className="faint mono small">
                  {one.rule.id} · {t('version', { version: one.version })}
                </div>
              </div>
            ),
          },
          { key: 'severity', title: t('filters.severity'), render: (_, one) => <SeverityTag value={one.rule.severity} /> },
          {
            key: 'mode',
            title: t('filters.mode'),
            render: (_, one) => (one.fault ? <StatusTag value="failed" label={t('rules.faulty')} /> : <ModeTag value={one.mode} />),
          },
          {
            key: 'open',
            title: t('rules.open'),
            align: 'right',
            render: (_, one) => (
              <Link to={`/supervision/findings?rule=${one.rule.id}&state=open`} className="number">
                {one.open.toLocaleString()}
              </Link>
            ),
          },
          {
            key: 'findings',
            title: t('rules.findings'),
            align: 'right',
            render: (_, one) => <span className="number">{one.findings.toLocaleString()}</span>,
          },
          { key: 'owner', title: t('rules.owner'), render: (_, one) => <Untrusted text={one.rule.owner} characters={28} /> },
          { key: 'basis', title: t('finding.basis'), render: (_, one) => <Untrusted text={one.rule.legalBasis} characters={24} /> },
        ]}
      />
    </Scroller>
  );
}
