/** Notices to organisations: what was asked, until when, and what they answered. */
import { MailOutlined } from '@ant-design/icons';
import { Alert, Button, Flex, Form, Modal, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { write } from '../../api/client';
import { refresh } from '../../api/hooks';
import type { components } from '../../api/schema';
import { type Columns, DataTable } from '../../components/DataTable';
import { Address, Hash } from '../../components/Hash';
import { Page, Panel } from '../../components/Page';
import { EmptyState, useProblemText } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted, UntrustedText } from '../../components/Untrusted';
import { beginSending } from '../../wallet/sending';
import { OrganisationSelect } from '../governance/Fields';
import { type CaseNotice, TITLE_MAX } from './types';
import { WordsItem } from './Words';

/** Bytes of the text of a notice: the console keeps it, the ledger its hash. */
const NOTICE_BYTES_MAX = 16_000;
const DAY_SECONDS = 86_400;
const DAYS = [1, 3, 7, 14, 30];

export function Notices() {
  const { t } = useTranslation('cases');
  const [parameters, setParameters] = useSearchParams();
  const unanswered = parameters.get('unanswered') === 'true';
  const columns: Columns<CaseNotice> = [
    { key: 'id', title: t('number'), render: (_, one) => <span className="number">{one.id}</span> },
    {
      key: 'organisation',
      title: t('notice.organisation'),
      render: (_, one) => <Untrusted text={one.organisationName ?? one.organisation} characters={40} />,
    },
    { key: 'subject', title: t('notice.subject'), render: (_, one) => <Untrusted text={one.subject} characters={100} /> },
    { key: 'case', title: t('case.one'), render: (_, one) => <Link to={`/cases/${one.case}`}>{t('case.name', { id: one.case })}</Link> },
    { key: 'deadline', title: t('notice.deadline'), render: (_, one) => <Time value={one.deadline} /> },
    { key: 'state', title: t('state'), render: (_, one) => <NoticeState notice={one} /> },
  ];
  return (
    <Page title={t('tabs.notices')} subtitle={t('notice.hint')}>
      <Flex gap={8} align="center" className="filters">
        <Switch
          checked={unanswered}
          aria-label={t('notice.onlyUnanswered')}
          onChange={(on) => setParameters(on ? { unanswered: 'true' } : {}, { replace: true })}
        />
        {t('notice.onlyUnanswered')}
      </Flex>
      <Panel flush>
        <DataTable<CaseNotice>
          path="/api/v1/notices"
          parameters={{ query: { unanswered: unanswered || undefined } }}
          columns={columns}
          rowKey={(one) => String(one.id)}
          every={15_000}
          label={t('tabs.notices')}
          expanded={(one) => <NoticeBody notice={one} />}
          empty={<EmptyState title={t('notice.none')} hint={t('notice.noneHint')} />}
        />
      </Panel>
    </Page>
  );
}

export function NoticeState({ notice }: { notice: CaseNotice }) {
  const { t } = useTranslation('cases');
  if (notice.reply) return <StatusTag value="resolved" label={t('notice.answered')} />;
  if (notice.isLate) return <StatusTag value="expired" label={t('notice.late')} />;
  return <StatusTag value="waiting" label={t('notice.waiting')} />;
}

/** The text of a notice, and its reply. */
export function NoticeBody({ notice }: { notice: CaseNotice }) {
  const { t } = useTranslation('cases');
  const { reply } = notice;
  return (
    <div>
      {notice.text ? (
        <p className="notice-text">
          <UntrustedText text={notice.text} />
        </p>
      ) : (
        <p className="note">{t('notice.textElsewhere')}</p>
      )}
      <div className="small">
        <span className="faint">{t('notice.textHash')} </span>
        <Hash value={notice.textHash} />
      </div>
      {reply && (
        <div style={{ marginTop: 8 }}>
          <strong>{t('notice.reply')}</strong> <Time value={reply.at} /> <Address value={reply.by} ledger="main" copy={false} />
          <p className="notice-text">
            <UntrustedText text={reply.text} />
          </p>
          <div className="small">
            <span className="faint">{t('notice.replyHash')} </span>
            <Hash value={reply.hash} />
          </div>
        </div>
      )}
    </div>
  );
}

export function NoticeList({ notices }: { notices: CaseNotice[] }) {
  const { t } = useTranslation('cases');
  if (notices.length === 0) return <EmptyState title={t('notice.none')} hint={t('notice.noneHint')} />;
  return (
    <ul className="case-notices">
      {notices.map((one) => (
        <li key={one.id}>
          <Flex gap={12} wrap align="center">
            <strong>
              <Untrusted text={one.subject} characters={160} />
            </strong>
            <NoticeState notice={one} />
          </Flex>
          <div className="faint">
            <Untrusted text={one.organisationName ?? one.organisation} characters={60} /> · {t('notice.deadline')}{' '}
            <Time value={one.deadline} full />
          </div>
          <NoticeBody notice={one} />
        </li>
      ))}
    </ul>
  );
}

interface Filled {
  organisation: string;
  subject: string;
  text: string;
  days: number;
}

export function SendNotice({ id }: { id: number }) {
  const { t } = useTranslation('cases');
  const told = useProblemText();
  const [open, setOpen] = useState(false);
  const [days, setDays] = useState(7);
  const [error, setError] = useState<unknown>();
  const [form] = Form.useForm<Filled>();
  async function keep({ organisation, subject, text }: Filled) {
    setError(undefined);
    try {
      const kept = await write<components['schemas']['KeptText']>('post', '/api/v1/notices/texts', { text: text.trim() });
      const deadline = Math.floor(Date.now() / 1_000) + days * DAY_SECONDS;
      setOpen(false);
      beginSending({
        title: t('notice.send'),
        text: t('notice.sendText'),
        call: { contract: 'Cases', function: 'notify', arguments: [id, organisation, subject.trim(), kept.hash, deadline] },
        onDone: () => void refresh('/api/v1/'),
      });
    } catch (failure) {
      setError(failure);
    }
  }
  return (
    <>
      <Button icon={<MailOutlined aria-hidden />} onClick={() => setOpen(true)}>
        {t('notice.send')}
      </Button>
      <Modal
        open={open}
        title={t('notice.send')}
        okText={t('form.next')}
        onCancel={() => setOpen(false)}
        onOk={() => form.submit()}
        destroyOnHidden
      >
        <p className="note">{t('notice.sendHint')}</p>
        <Form form={form} layout="vertical" preserve={false} onFinish={(filled) => void keep(filled)}>
          <Form.Item name="organisation" label={t('notice.organisation')} rules={[{ required: true, message: t('form.needed') }]}>
            <OrganisationSelect />
          </Form.Item>
          <WordsItem name="subject" label={t('notice.subject')} bytes={TITLE_MAX} />
          <WordsItem name="text" label={t('notice.text')} bytes={NOTICE_BYTES_MAX} rows={5} />
        </Form>
        <Flex gap={8} wrap align="center" role="group" aria-label={t('notice.deadline')}>
          <span>{t('notice.deadline')}</span>
          {DAYS.map((each) => (
            <Button
              key={each}
              size="small"
              type={each === days ? 'primary' : 'default'}
              aria-pressed={each === days}
              onClick={() => setDays(each)}
            >
              {t('notice.days', { count: each })}
            </Button>
          ))}
        </Flex>
        {error !== undefined && <Alert type="error" showIcon title={told(error).title} style={{ marginTop: 12 }} />}
      </Modal>
    </>
  );
}
