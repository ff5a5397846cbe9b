import { Alert, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import type { ContractDetail, ContractSource } from '../../api/types';
import { Address, useLedger } from '../../components/Hash';
import { Facts } from '../../components/Page';
import { Loaded } from '../../components/States';
import { Time } from '../../components/Time';
import { harmless } from '../../components/Untrusted';
import { Arguments } from '../../components/Value';
import { AbiForm, VerifyForm } from './SourceForms';

/** What is known about the source of a contract, and the forms by which more becomes known. */
export function Source({ contract }: { contract: ContractDetail }) {
  const ledger = useLedger();
  const answer = useRead<ContractSource>('/api/v1/ledgers/{ledger}/contracts/{address}/source', {
    path: { ledger, address: contract.address },
  });
  return <Loaded answer={answer}>{(source) => <Known contract={contract} source={source} />}</Loaded>;
}

function Known({ contract, source }: { contract: ContractDetail; source: ContractSource }) {
  const { t } = useTranslation('source');
  const may = useRights();
  const verified = source.state === 'full' || source.state === 'partial';
  const open = !verified && contract.kind !== 'system' && may('transact');
  return (
    <div className="stack">
      {source.state === 'given' && (
        <Alert
          type="warning"
          showIcon
          title={t('given')}
          description={
            <>
              {t('givenBy')} <Author name={source.by} /> {source.at && <Time value={source.at} />}
            </>
          }
        />
      )}
      {verified && <Verified source={source} />}
      {open && <VerifyForm contract={contract.address} source={source} />}
      {open && <AbiForm contract={contract.address} />}
      {!verified && !open && contract.kind !== 'system' && <p className="note">{t('unknown')}</p>}
      {contract.abi !== null && contract.abi !== undefined && (
        <details>
          <summary>{t('abi')}</summary>
          <pre className="source">{JSON.stringify(contract.abi, null, 2)}</pre>
        </details>
      )}
    </div>
  );
}

function Author({ name }: { name: string | null | undefined }) {
  const { t } = useTranslation('source');
  if (!name) return null;
  if (/^0x[0-9a-fA-F]{40}$/.test(name)) return <Address value={name} />;
  return <span className="mono">{t(`authors.${name}`, { defaultValue: harmless(name, 90) })}</span>;
}

function Verified({ source }: { source: ContractSource }) {
  const { t } = useTranslation('source');
  const ledger = useLedger();
  const files = Object.entries(source.sources);
  const libraries = Object.entries(source.libraries);
  const settings = source.settings;
  return (
    <>
      <p>
        <Tag color={source.state === 'full' ? 'green' : 'gold'}>{t(`states.${source.state}`)}</Tag>{' '}
        <span className="note">{t(source.state === 'full' && !source.codeHashed ? 'fullWithoutHash' : `stateNotes.${source.state}`)}</span>
      </p>
      <Facts
        items={[
          source.contract
            ? [
                t('contract'),
                <span key="contract" className="mono">
                  {harmless(source.contract, 160)}
                </span>,
              ]
            : null,
          source.compiler
            ? [
                t('compiler'),
                <span key="compiler" className="mono">
                  {harmless(source.compiler, 60)}
                </span>,
              ]
            : null,
          settings
            ? [
                t('settings'),
                <code key="settings" className="small">
                  {JSON.stringify(settings)}
                </code>,
              ]
            : null,
          source.by
            ? [
                t('by'),
                <span key="by" className="row">
                  <Author name={source.by} /> {source.at && <Time value={source.at} />}
                </span>,
              ]
            : null,
          source.creation ? [t('creation'), t(`states.${source.creation}`)] : null,
          libraries.length > 0
            ? [
                t('libraries'),
                <ul key="libraries">
                  {libraries.map(([name, address]) => (
                    <li key={name}>
                      <span className="mono">{harmless(name, 120)}</span> <Address value={address} />
                    </li>
                  ))}
                </ul>,
              ]
            : null,
        ]}
      />
      {source.constructorArguments.length > 0 && (
        <section>
          <p className="small faint">{t('constructorArguments')}</p>
          <Arguments items={source.constructorArguments} ledger={ledger} />
        </section>
      )}
      {files.map(([path, text]) => (
        <details key={path} open={files.length === 1 || source.contract?.startsWith(`${path}:`)}>
          <summary className="mono small">{harmless(path, 160)}</summary>
          <pre className="source" lang="en">
            {text}
          </pre>
        </details>
      ))}
    </>
  );
}
