/** The renewal of a node's certificate, step by step: look, check, renew, see the new one. */
import { CheckCircleFilled, CloseCircleFilled } from '@ant-design/icons';
import { Alert, Button, Flex, Steps } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { type Page as ApiPage, write } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { Command } from '../../components/Command';
import { Confirm } from '../../components/Confirm';
import { Facts, Page, Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { Lifespans } from '../governance/pictures/Lifespans';
import { secondsSince1970, useSpan } from '../governance/time';
import type { Certificate } from '../governance/types';
import type { OperatedNode } from './types';

export function Renewal() {
  const { name = '' } = useParams();
  const { t } = useTranslation('operations');
  const [step, setStep] = useState(0);
  const node = useRead<OperatedNode>('/api/v1/operations/nodes/{name}', { path: { name } }, { every: 4_000 });
  const certificates = useRead<ApiPage<Certificate>>('/api/v1/certificates', { query: { limit: 200 } }, { every: 4_000 });
  const certificate = certificates.data?.items.find((each) => each.node === name);
  return (
    <Page
      title={t('renewal.title', { name })}
      crumb={<Link to={`/operations/${encodeURIComponent(name)}`}>{name}</Link>}
      subtitle={t('renewal.hint')}
    >
      <Panel>
        <Steps
          current={step}
          items={(['look', 'check', 'renew', 'done'] as const).map((each) => ({ title: t(`renewal.steps.${each}`) }))}
        />
      </Panel>
      <Loaded answer={node}>
        {(found) => (
          <Panel>
            {step === 0 && <Look certificate={certificate} onNext={() => setStep(1)} />}
            {step === 1 && <Checks node={found} onNext={() => setStep(2)} />}
            {step === 2 && (
              <div className="stack">
                <p>{t('renewal.doText')}</p>
                <div>
                  <Confirm
                    label={t('renewal.do')}
                    title={t('renewal.title', { name })}
                    text={t('renewal.doText')}
                    danger={false}
                    button={{ type: 'primary' }}
                    act={async () => {
                      await write('post', '/api/v1/operations/nodes/{name}/certificate/renew', undefined, { path: { name } });
                      await Promise.all([refresh('/api/v1/certificates'), refresh('/api/v1/operations')]);
                      setStep(4);
                    }}
                  />
                </div>
              </div>
            )}
            {step === 4 && (
              <div className="stack">
                <Alert
                  type="success"
                  showIcon
                  title={t('renewal.good')}
                  description={
                    <>
                      {t('renewal.newUntil')}: <Time value={found.certificate?.notAfter} full />
                    </>
                  }
                />
                {certificate && <Picture certificate={certificate} />}
                <Link to={`/operations/${encodeURIComponent(name)}`}>
                  <Button type="primary">{t('renewal.back')}</Button>
                </Link>
              </div>
            )}
          </Panel>
        )}
      </Loaded>
    </Page>
  );
}

function Picture({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation('governance');
  const span = useSpan();
  return (
    <Lifespans
      label={t('certificates.picture')}
      today={t('certificates.now')}
      now={Date.now() / 1000}
      spans={[
        {
          key: certificate.serial,
          label: certificate.node,
          from: secondsSince1970(certificate.notBefore),
          until: secondsSince1970(certificate.notAfter),
          tone: certificate.status === 'valid' ? 'good' : certificate.status === 'expiring' ? 'warn' : 'bad',
          note:
            certificate.secondsLeft >= 0
              ? t('certificates.left', { time: span(certificate.secondsLeft) })
              : t('certificates.over', { time: span(certificate.secondsLeft) }),
        },
      ]}
    />
  );
}

function Look({ certificate, onNext }: { certificate?: Certificate; onNext: () => void }) {
  const { t } = useTranslation(['operations', 'governance']);
  if (!certificate) return <p className="faint">{t('renewal.none')}</p>;
  return (
    <div className="stack">
      <h2 className="small faint">{t('renewal.now')}</h2>
      <Picture certificate={certificate} />
      <Facts
        items={[
          [t('governance:certificates.subject'), <Untrusted key="v" text={certificate.subject} />],
          [t('governance:certificates.issuer'), <Untrusted key="v" text={certificate.issuer} />],
          [t('renewal.until'), <Time key="v" value={certificate.notAfter} full />],
          [
            t('governance:certificates.serial'),
            <span key="v" className="mono whole">
              {certificate.serial}
            </span>,
          ],
        ]}
      />
      <div>
        <Button type="primary" onClick={onNext}>
          {t('renewal.next')}
        </Button>
      </div>
    </div>
  );
}

/** What must hold before a renewal; where something does not, what to do instead. */
function Checks({ node, onNext }: { node: OperatedNode; onNext: () => void }) {
  const { t } = useTranslation('operations');
  const valid = (node.certificate?.secondsLeft ?? 0) > 0;
  const clock = node.checks.find((check) => check.name === 'time')?.ok ?? true;
  const checks = [
    { name: 'local', ok: node.local },
    { name: 'up', ok: node.up },
    { name: 'valid', ok: valid },
    { name: 'clock', ok: clock },
  ];
  return (
    <div className="stack">
      <h2 className="small faint">{t('renewal.checkTitle')}</h2>
      <ul className="checks">
        {checks.map((check) => (
          <li key={check.name} style={{ gridTemplateColumns: '22px minmax(0, 1fr)' }}>
            {check.ok ? <CheckCircleFilled className="good" aria-label="✓" /> : <CloseCircleFilled className="bad" aria-label="✗" />}
            <span>{t(`renewal.checks.${check.name}`)}</span>
          </li>
        ))}
      </ul>
      {!valid && (
        <>
          <p>{t('renewal.expired')}</p>
          <Command text={`civitas cert issue --dir city --request ${node.name}.csr --name ${node.name} --out ${node.name}.pem`} />
        </>
      )}
      {!node.local && (
        <>
          <p>{t('renewal.remote')}</p>
          <Command text={`civitas cert renew --config ${node.name}/node.toml`} />
        </>
      )}
      <Flex>
        <Button type="primary" disabled={!valid || !node.local} onClick={onNext}>
          {t('renewal.next')}
        </Button>
      </Flex>
    </div>
  );
}
