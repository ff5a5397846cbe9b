/** Evidence of a case: hashes on the ledger. Documents are hashed here and stay where they are; whoever holds one can check it. */
import { DownloadOutlined, FileOutlined, PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Flex, Form, Modal, Upload } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { read } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { Address, Hash } from '../../components/Hash';
import { SignAndSend } from '../../components/SignAndSend';
import { EmptyState, Loaded, useProblemText } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { beginSending } from '../../wallet/sending';
import { download, FILE_BYTES_MAX, hashOfBytes, hashOfText } from './hashing';
import { type CaseEvidence, type FindingDocument, SHORT_MAX } from './types';
import { WordsItem } from './Words';

const DOCUMENT = '/api/v1/supervision/findings/{number}/document';

export function EvidenceList({ evidence }: { evidence: CaseEvidence[] }) {
  const { t } = useTranslation('cases');
  if (evidence.length === 0) return <EmptyState title={t('evidence.none')} hint={t('evidence.noneHint')} />;
  return (
    <ul className="case-evidence">
      {evidence.map((one) => (
        <li key={`${one.hash}${one.at}`}>
          <Flex gap={12} wrap align="center">
            {one.finding ? (
              <Link to={`/supervision/findings/${one.finding}`}>{t('evidence.finding', { number: one.finding })}</Link>
            ) : (
              <strong>
                <Untrusted text={one.reference} characters={160} />
              </strong>
            )}
            <Time value={one.at} />
            <Address value={one.by} ledger="main" copy={false} />
          </Flex>
          <div>
            <span className="faint">Keccak-256 </span>
            <Hash value={one.hash} />
          </div>
          <Check evidence={one} />
        </li>
      ))}
    </ul>
  );
}

/** Compares a finding of this console, or a file of this computer, with the hash on the ledger. */
function Check({ evidence }: { evidence: CaseEvidence }) {
  const { t } = useTranslation('cases');
  const told = useProblemText();
  const [result, setResult] = useState<{ good: boolean; text: string }>();
  const compare = (hash: string) =>
    setResult(hash === evidence.hash ? { good: true, text: t('evidence.same') } : { good: false, text: t('evidence.differs') });
  async function fetchFinding(number: number) {
    try {
      const found = await read<FindingDocument>(DOCUMENT, { path: { number } });
      compare(await hashOfText(found.document));
      download(`finding-${number}.json`, found.document);
    } catch (error) {
      setResult({ good: false, text: told(error).title });
    }
  }
  return (
    <Flex gap={8} wrap align="center" style={{ marginTop: 6 }}>
      {evidence.finding ? (
        <Button size="small" icon={<DownloadOutlined aria-hidden />} onClick={() => void fetchFinding(evidence.finding ?? 0)}>
          {t('evidence.download')}
        </Button>
      ) : (
        <FileButton label={t('evidence.check')} small onFile={(hash) => compare(hash)} />
      )}
      {result && <StatusTag value={result.good ? 'verified' : 'invalid'} label={result.text} />}
    </Flex>
  );
}

interface FileButtonProps {
  label: ReactNode;
  small?: boolean;
  onFile: (hash: `0x${string}`, name: string) => void;
}

/** Takes a file, and gives its hash. */
export function FileButton({ label, small = false, onFile }: FileButtonProps) {
  const { t } = useTranslation('cases');
  const [fault, setFault] = useState(false);
  async function take(file: File) {
    setFault(file.size > FILE_BYTES_MAX);
    if (file.size <= FILE_BYTES_MAX) onFile(await hashOfBytes(new Uint8Array(await file.arrayBuffer())), file.name);
  }
  return (
    <>
      <Upload
        showUploadList={false}
        beforeUpload={(file) => {
          void take(file);
          return false;
        }}
      >
        <Button size={small ? 'small' : 'middle'} icon={<FileOutlined aria-hidden />}>
          {label}
        </Button>
      </Upload>
      {fault && <StatusTag value="invalid" label={t('evidence.tooLarge')} />}
    </>
  );
}

/** The finding from which a case was opened, before it is evidence. */
export function FindingAsEvidence({ id, finding }: { id: number; finding: number }) {
  const { t } = useTranslation('cases');
  const answer = useRead<FindingDocument>(DOCUMENT, { path: { number: finding } });
  return (
    <Loaded answer={answer}>
      {(found) => (
        <Alert
          type="warning"
          showIcon
          title={t('evidence.pending', { number: finding })}
          description={
            <div className="stack">
              <p>{t('evidence.pendingText')}</p>
              <Hash value={found.hash} whole />
              <Flex gap={8} wrap>
                <SignAndSend
                  label={t('evidence.addFinding')}
                  text={t('evidence.addText')}
                  call={{ contract: 'Cases', function: 'addEvidence', arguments: [id, found.hash, found.reference] }}
                  onDone={() => void refresh('/api/v1/cases')}
                />
                <Button icon={<DownloadOutlined aria-hidden />} onClick={() => download(`finding-${finding}.json`, found.document)}>
                  {t('evidence.download')}
                </Button>
              </Flex>
            </div>
          }
        />
      )}
    </Loaded>
  );
}

export function AddDocument({ id }: { id: number }) {
  const { t } = useTranslation('cases');
  const [open, setOpen] = useState(false);
  const [hash, setHash] = useState<`0x${string}`>();
  const [form] = Form.useForm<{ reference: string }>();
  const close = () => {
    setOpen(false);
    setHash(undefined);
    form.resetFields();
  };
  return (
    <>
      <Button size="small" icon={<PlusOutlined aria-hidden />} onClick={() => setOpen(true)}>
        {t('evidence.add')}
      </Button>
      <Modal
        open={open}
        title={t('evidence.add')}
        okText={t('form.next')}
        okButtonProps={{ disabled: !hash }}
        onCancel={close}
        onOk={() => form.submit()}
        destroyOnHidden
      >
        <p className="note">{t('evidence.addHint')}</p>
        <Form
          form={form}
          layout="vertical"
          onFinish={({ reference }) => {
            beginSending({
              title: t('evidence.add'),
              text: t('evidence.addText'),
              call: { contract: 'Cases', function: 'addEvidence', arguments: [id, hash, reference.trim()] },
              onDone: () => void refresh('/api/v1/cases'),
            });
            close();
          }}
        >
          <Flex gap={8} wrap align="center" style={{ marginBottom: 12 }}>
            <FileButton
              label={t('evidence.choose')}
              onFile={(value, name) => {
                setHash(value);
                if (!form.getFieldValue('reference')) form.setFieldValue('reference', name);
              }}
            />
            {hash && <Hash value={hash} />}
          </Flex>
          <WordsItem name="reference" label={t('evidence.reference')} bytes={SHORT_MAX} hint={t('evidence.referenceHint')} />
        </Form>
      </Modal>
    </>
  );
}
