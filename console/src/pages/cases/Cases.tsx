/** Cases, newest first. */
import { PlusOutlined } from '@ant-design/icons';
import { Button, Flex, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { useRights } from '../../api/session';
import { type Columns, DataTable } from '../../components/DataTable';
import { Page, Panel } from '../../components/Page';
import { EmptyState } from '../../components/States';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { CASE_STATES, type CaseSummary } from './types';
import { CaseStateTag, CaseSubject } from './Words';

export function Cases() {
  const { t } = useTranslation('cases');
  const may = useRights();
  const navigate = useNavigate();
  const [parameters, setParameters] = useSearchParams();
  const set = (name: string, value: string | undefined) => {
    const next = new URLSearchParams(parameters);
    if (value) next.set(name, value);
    else next.delete(name);
    setParameters(next, { replace: true });
  };
  const state = parameters.get('state') ?? undefined;
  const text = parameters.get('text') ?? undefined;
  const columns: Columns<CaseSummary> = [
    { key: 'id', title: t('number'), render: (_, one) => <span className="number">{one.id}</span> },
    {
      key: 'title',
      title: t('case.title'),
      render: (_, one) => (
        <div className="finding-text">
          <strong>
            <Untrusted text={one.title} characters={80} />
          </strong>
          <div className="faint">
            <Untrusted text={one.legalBasis} characters={100} />
          </div>
        </div>
      ),
    },
    { key: 'subject', title: t('case.subject'), render: (_, one) => <CaseSubject value={one.subject} /> },
    { key: 'state', title: t('state'), render: (_, one) => <CaseStateTag value={one.state} /> },
    {
      key: 'counts',
      title: t('case.counts'),
      render: (_, one) => t('case.countsOf', { evidence: one.evidence, commands: one.commands, notices: one.notices }),
    },
    { key: 'opened', title: t('case.opened'), render: (_, one) => <Time value={one.openedAt} /> },
  ];
  return (
    <Page
      title={t('tabs.cases')}
      subtitle={t('subtitle')}
      actions={
        may('supervise') && (
          <Link to="/cases/new">
            <Button type="primary" icon={<PlusOutlined aria-hidden />}>
              {t('open.title')}
            </Button>
          </Link>
        )
      }
    >
      <Flex gap={8} wrap className="filters">
        <Select
          allowClear
          aria-label={t('state')}
          placeholder={t('state')}
          value={state}
          options={CASE_STATES.map((value) => ({ value, label: t(`states.${value}`) }))}
          onChange={(value: string | undefined) => set('state', value)}
          style={{ minWidth: 132 }}
        />
        <Input.Search
          key={text ?? ''}
          allowClear
          aria-label={t('case.search')}
          placeholder={t('case.search')}
          defaultValue={text}
          onSearch={(value) => set('text', value.trim())}
          style={{ width: 300, maxWidth: '100%' }}
        />
      </Flex>
      <Panel flush>
        <DataTable<CaseSummary>
          path="/api/v1/cases"
          parameters={{ query: { state, text } }}
          columns={columns}
          rowKey={(one) => String(one.id)}
          every={15_000}
          label={t('tabs.cases')}
          onRow={(one) => void navigate(`/cases/${one.id}`)}
          empty={<EmptyState title={t('case.none')} hint={t('case.noneHint')} />}
        />
      </Panel>
    </Page>
  );
}
