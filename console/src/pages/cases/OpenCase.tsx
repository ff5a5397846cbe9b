/** Opens a case: from a finding, or about whom an officer names. */
import { Alert, Form } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { type Page as ApiPage, read } from '../../api/client';
import { useRead } from '../../api/hooks';
import { Page, Panel } from '../../components/Page';
import { SignAndSend } from '../../components/SignAndSend';
import { Loaded } from '../../components/States';
import type { Call } from '../../wallet/send';
import type { FindingDetail } from '../supervision/types';
import { SUPERVISION } from '../supervision/types';
import { useBoth } from '../supervision/Words';
import { type CaseSummary, type FindingDocument, SHORT_MAX, TITLE_MAX } from './types';
import { WordsItem } from './Words';

interface Filled {
  title: string;
  subject: string;
  basis: string;
}

export function OpenCase() {
  const { t } = useTranslation('cases');
  const [parameters] = useSearchParams();
  const number = Number(parameters.get('finding')) || 0;
  const enabled = number > 0;
  const finding = useRead<FindingDetail>(`${SUPERVISION}/findings/{number}`, { path: { number } }, { enabled });
  const document = useRead<FindingDocument>(`${SUPERVISION}/findings/{number}/document`, { path: { number } }, { enabled });
  return (
    <Page title={t('open.title')} crumb={<Link to="/cases">{t('tabs.cases')}</Link>} subtitle={t('open.hint')}>
      <Panel>
        {enabled ? (
          <Loaded answer={finding}>
            {(found) => <Loaded answer={document}>{(evidence) => <OpenForm finding={found} evidence={evidence} />}</Loaded>}
          </Loaded>
        ) : (
          <OpenForm />
        )}
      </Panel>
    </Page>
  );
}

/** Tries to find the case that was just opened, and milliseconds between them: another node may be a block behind. */
const TRIES = 10;
const TRY_MS = 300;

async function opened(filled: Filled, by?: string): Promise<number | undefined> {
  for (let left = TRIES; left > 0; left -= 1) {
    const { items } = await read<ApiPage<CaseSummary>>('/api/v1/cases', { query: { limit: 20, state: 'open' } });
    const found = items.find(
      (one) => one.title === filled.title && one.subject === filled.subject && (!by || one.openedBy.toLowerCase() === by.toLowerCase()),
    );
    if (found) return found.id;
    await new Promise((resolve) => setTimeout(resolve, TRY_MS));
  }
  return undefined;
}

function OpenForm({ finding, evidence }: { finding?: FindingDetail; evidence?: FindingDocument }) {
  const { t } = useTranslation('cases');
  const both = useBoth();
  const navigate = useNavigate();
  const [form] = Form.useForm<Filled>();
  const initial = finding && evidence && { title: both(finding.summary.title), subject: evidence.subject, basis: finding.legalBasis };
  async function call(): Promise<Call | undefined> {
    try {
      const { title, subject, basis } = await form.validateFields();
      return { contract: 'Cases', function: 'open', arguments: [title.trim(), subject.trim(), basis.trim()] };
    } catch {
      return undefined;
    }
  }
  async function done() {
    const { title, subject, basis } = form.getFieldsValue();
    const id = await opened({ title: title.trim(), subject: subject.trim(), basis });
    void navigate(id ? `/cases/${id}${finding ? `?finding=${finding.summary.number}` : ''}` : '/cases');
  }
  return (
    <Form form={form} layout="vertical" className="narrow" initialValues={initial}>
      {evidence && finding && (
        <Alert
          type="info"
          showIcon
          style={{ marginBottom: 16 }}
          title={t('open.fromFinding', { number: finding.summary.number })}
          description={t('open.fromFindingText')}
        />
      )}
      <WordsItem name="title" label={t('case.title')} bytes={TITLE_MAX} />
      <WordsItem name="subject" label={t('case.subject')} bytes={SHORT_MAX} hint={t('open.subjectHint')} />
      <WordsItem name="basis" label={t('basis')} bytes={SHORT_MAX} rows={2} />
      <SignAndSend label={t('open.title')} text={t('open.text')} call={call} onDone={() => void done()} />
    </Form>
  );
}
