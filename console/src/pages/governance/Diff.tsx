/** The changes that a proposal would make: what stands there now, and what would stand there. */
import { ArrowRightOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { Address } from '../../components/Hash';
import { Untrusted } from '../../components/Untrusted';
import type { Change } from './types';

const isGiven = (value: string | null | undefined): value is string => value !== null && value !== undefined;
/** `grantsOf[1].expiry` is a leaf of `grantsOf`. */
const leafOf = (what: string) => what.replace(/\[\d+\]/g, '');

/** Without what says nothing: empty lists that come, and a grant a second time in the list of its holder. */
export function tellingChanges(changes: Change[]): Change[] {
  const single = changes.some(({ what }) => what.startsWith('grantOf.'));
  return changes.filter(({ what, before, after }) => {
    if (!isGiven(before) && after === '[]') return false;
    return !(single && what.startsWith('grantsOf['));
  });
}

export function Diff({ changes }: { changes: Change[] }) {
  const { t } = useTranslation('governance');
  return (
    <dl className="diff" aria-label={t('proposals.changes')}>
      {changes.map((change, index) => {
        const leaf = leafOf(change.what);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the changes of a proposal never change their order
          <div className="diff-row" key={index}>
            <dt className="diff-what">
              <span title={change.what}>
                <Untrusted text={t(`leaves.${leaf}`, { defaultValue: change.what })} characters={160} />
              </span>
            </dt>
            <dd className="diff-values">
              {isGiven(change.before) && (
                <del title={t('proposals.before')}>
                  <Told leaf={leaf} text={change.before} />
                </del>
              )}
              {isGiven(change.before) && isGiven(change.after) && <ArrowRightOutlined aria-hidden />}
              {isGiven(change.after) && (
                <ins title={t('proposals.after')}>
                  <Told leaf={leaf} text={change.after} />
                </ins>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

/** Where the words of a value stand, by the end of its leaf. */
const WORDS: [RegExp, string][] = [
  [/^organisation\.kind$/, 'organisationKinds'],
  [/scope\.kind$/, 'scopes'],
  [/^node\.role$/, 'nodeRoles'],
  [/^chain\.status$/, 'chains:states'],
  [/^ledger\.access$/, 'access'],
  [/^statusOf$/, 'identities:states'],
  [/status$/, 'statuses'],
];

function Told({ leaf, text }: { leaf: string; text: string }) {
  const { t } = useTranslation(['governance', 'chains', 'identities']);
  if (text === 'true' || text === 'false') return <>{t(text === 'true' ? 'yes' : 'no')}</>;
  if (text === '[]') return <>{t('none')}</>;
  if (/expiry$/.test(leaf) && text === '0') return <>{t('never')}</>;
  if (/^0x0{24}[0-9a-fA-F]{40}$/.test(text)) return <Address value={`0x${text.slice(26)}`} ledger="main" copy={false} />;
  if (/^0x0+$/.test(text)) return <>–</>;
  const group = WORDS.find(([pattern]) => pattern.test(leaf))?.[1];
  return <Untrusted text={group ? t(`${group}.${text}`, { defaultValue: text }) : text} characters={300} />;
}
