/** Notices of the regulator to the organisations in which one has a role, and the reply to them. */
import { Alert, Button, Flex, Form, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { refresh } from '../../api/hooks';
import { type Columns, DataTable } from '../../components/DataTable';
import { Hash } from '../../components/Hash';
import { EmptyState } from '../../components/States';
import { Time } from '../../components/Time';
import { harmless, Untrusted } from '../../components/Untrusted';
import { beginSending } from '../../wallet/sending';
import { FileButton } from '../cases/Evidence';
import { hashOfText } from '../cases/hashing';
import { NoticeBody, NoticeState } from '../cases/Notices';
import { type CaseNotice, TEXT_MAX } from '../cases/types';
import { WordsItem } from '../cases/Words';

export function MyNotices() {
  const { t } = useTranslation('cases');
  const columns: Columns<CaseNotice> = [
    {
      key: 'organisation',
      title: t('notice.organisation'),
      render: (_, one) => <Untrusted text={one.organisationName ?? one.organisation} characters={40} />,
    },
    { key: 'subject', title: t('notice.subject'), render: (_, one) => <Untrusted text={one.subject} characters={100} /> },
    { key: 'at', title: t('notice.received'), render: (_, one) => <Time value={one.at} /> },
    { key: 'deadline', title: t('notice.deadline'), render: (_, one) => <Time value={one.deadline} /> },
    { key: 'state', title: t('state'), render: (_, one) => <NoticeState notice={one} /> },
    { key: 'reply', title: t('notice.reply'), render: (_, one) => (one.reply ? <Time value={one.reply.at} /> : <Reply notice={one} />) },
  ];
  return (
    <>
      <p className="note">{t('notice.ownHint')}</p>
      <DataTable<CaseNotice>
        path="/api/v1/me/notices"
        columns={columns}
        rowKey={(one) => String(one.id)}
        every={15_000}
        label={t('tabs.notices')}
        expanded={(one) => <NoticeBody notice={one} />}
        empty={<EmptyState title={t('notice.ownNone')} hint={t('notice.ownNoneHint')} />}
      />
    </>
  );
}

function Reply({ notice }: { notice: CaseNotice }) {
  const { t } = useTranslation('cases');
  const [open, setOpen] = useState(false);
  const [file, setFile] = useState<`0x${string}`>();
  const [form] = Form.useForm<{ text: string }>();
  return (
    <>
      <Button size="small" type="primary" onClick={() => setOpen(true)}>
        {t('notice.answer')}
      </Button>
      <Modal
        open={open}
        title={`${t('notice.answer')}: ${harmless(notice.subject, 100)}`}
        okText={t('form.next')}
        onCancel={() => setOpen(false)}
        onOk={() => form.submit()}
        destroyOnHidden
      >
        <div className="stack">
          <NoticeBody notice={notice} />
          <Form
            form={form}
            layout="vertical"
            preserve={false}
            onFinish={async ({ text }) => {
              const words = text.trim();
              const hash = file ?? (await hashOfText(words));
              setOpen(false);
              beginSending({
                title: t('notice.answer'),
                text: t('notice.answerText'),
                call: { contract: 'Cases', function: 'reply', arguments: [notice.id, hash, words] },
                onDone: () => void refresh('/api/v1/'),
              });
            }}
          >
            <WordsItem name="text" label={t('notice.answerWords')} bytes={TEXT_MAX} rows={4} hint={t('notice.answerHint')} />
          </Form>
          <Flex gap={8} wrap align="center">
            <FileButton label={t('notice.attach')} onFile={(hash) => setFile(hash)} />
            {file && <Hash value={file} />}
          </Flex>
          <Alert type="info" showIcon title={t('notice.attachHint')} />
        </div>
      </Modal>
    </>
  );
}
