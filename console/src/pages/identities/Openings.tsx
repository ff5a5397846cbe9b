/** Openings of sealed records: who asked, for which case, which offices stand behind it. */
import { LockOutlined } from '@ant-design/icons';
import { Alert, Steps } from 'antd';
import { useTranslation } from 'react-i18next';
import { Command } from '../../components/Command';
import { type Columns, DataTable } from '../../components/DataTable';
import { Address } from '../../components/Hash';
import { Facts, Page, Panel } from '../../components/Page';
import { EmptyState } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { Did } from './Identities';
import type { Opening } from './types';

export function Openings() {
  const { t } = useTranslation('identities');
  const columns: Columns<Opening> = [
    { key: 'id', title: '№', dataIndex: 'id' },
    { key: 'case', title: t('openings.case'), render: (_, each) => <Untrusted text={each.caseNumber} characters={40} /> },
    { key: 'identity', title: t('did'), render: (_, each) => <Did did={each.did} /> },
    {
      key: 'office',
      title: t('openings.office'),
      render: (_, each) => <Untrusted text={each.requestingOfficeName ?? each.requestingOffice} characters={30} />,
    },
    {
      key: 'approvals',
      title: t('openings.step.approving'),
      render: (_, each) => t('openings.approvals', { approvals: each.approvals, needed: each.approvalsNeeded }),
    },
    {
      key: 'status',
      title: t('status'),
      render: (_, each) => (
        <StatusTag
          value={each.status}
          tone={each.status === 'Opened' ? 'bad' : each.status === 'Open' ? 'busy' : 'quiet'}
          label={t(`openings.states.${each.status}`, { defaultValue: each.status })}
        />
      ),
    },
    { key: 'at', title: t('openings.requested'), render: (_, each) => <Time value={each.requestedAt} /> },
  ];
  return (
    <Page title={t('tabs.openings')} subtitle={t('openings.subtitle')}>
      <Panel flush>
        <DataTable<Opening>
          path="/api/v1/openings"
          columns={columns}
          rowKey={(each) => String(each.id)}
          label={t('tabs.openings')}
          every={20_000}
          empty={<EmptyState title={t('openings.empty')} />}
          expanded={(each) => <Detail opening={each} />}
        />
      </Panel>
    </Page>
  );
}

function Detail({ opening }: { opening: Opening }) {
  const { t } = useTranslation('identities');
  const last = opening.shares.at(-1);
  const expired = opening.status === 'Expired';
  return (
    <div className="stack" style={{ maxWidth: 760 }}>
      <Steps
        size="small"
        current={opening.status === 'Opened' ? 3 : 1}
        status={expired ? 'error' : 'process'}
        items={[
          { title: t('openings.step.requested'), content: <Time value={opening.requestedAt} /> },
          {
            title: t('openings.step.approving'),
            content: t('openings.approvals', { approvals: opening.approvals, needed: opening.approvalsNeeded }),
          },
          {
            title: expired ? t('openings.step.expired') : t('openings.step.opened'),
            content: opening.status === 'Opened' ? <Time value={last?.at} /> : <Time value={opening.expiresAt} />,
          },
        ]}
      />
      <Facts
        items={[
          [t('openings.basis'), <Untrusted key="v" text={opening.legalBasis} characters={300} />],
          [t('openings.office'), <Address key="v" value={opening.requester} name={opening.requestingOfficeName} ledger="main" />],
          ...opening.shares.map((share): [React.ReactNode, React.ReactNode] => [
            <Untrusted key="n" text={share.officeName ?? share.office} characters={30} />,
            <span key="v">
              {t('openings.handed')} <Time value={share.at} /> · <Address value={share.account} ledger="main" copy={false} />
            </span>,
          ]),
        ]}
      />
      {opening.status === 'Open' && (
        <Offline title={t('openings.hand')} text={t('openings.handHint')}>
          {`civitas office hand-share ${opening.id} --office-key FILE --key ACCOUNT`}
        </Offline>
      )}
      {opening.status === 'Opened' && (
        <Offline title={t('openings.read')} text={t('openings.readHint')}>
          {`civitas office read-record ${opening.id} --office-key FILE`}
        </Offline>
      )}
    </div>
  );
}

/** What is done with the key of an office, which no page may see: why, and the command. */
function Offline({ title, text, children }: { title: string; text: string; children: string }) {
  return (
    <Alert
      type="info"
      showIcon
      icon={<LockOutlined aria-hidden />}
      title={title}
      description={
        <>
          <p>{text}</p>
          <Command text={children} />
        </>
      }
    />
  );
}
