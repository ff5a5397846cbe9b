/** Step 3: an independent person looks at the chain, and decides. */
import { Flex, Form } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Command } from '../../../components/Command';
import { Hash } from '../../../components/Hash';
import { SignAndSend } from '../../../components/SignAndSend';
import { Untrusted } from '../../../components/Untrusted';
import type { Call } from '../../../wallet/send';
import type { Field, Filled } from '../../governance/acts';
import { FieldItem } from '../../governance/Fields';
import { useRepresented } from '../../governance/represented';
import { Deadline } from '../Chains';
import type { ChainDetail } from '../types';
import { decideCommand, inspectCommand, startCommand } from './commands';
import { Done, Later, Step, Turn } from './Step';
import { familyOf, type StepState } from './steps';
import { useWho, type Who } from './who';

const FIELDS: Field[] = [
  { name: 'evidence', kind: 'hash' },
  { name: 'reason', kind: 'reason' },
];

/** What a change of status was. */
const EVENTS: Record<string, string> = {
  'Registered UnderReview': 'taken',
  'UnderReview Active': 'approved',
  'UnderReview Rejected': 'rejected',
  'Rejected UnderReview': 'appealed',
};

const same = (one?: string | null, other?: string | null) => Boolean(one) && one?.toLowerCase() === other?.toLowerCase();

/** Who decided before an appeal; nobody while there is none. */
const before = (chain: ChainDetail) => (chain.appealed ? chain.reviews.at(-1)?.reviewer : undefined);

/** Whether the ledger would refuse this holder of the role: the registrant, or who decided before. */
function hasPart(chain: ChainDetail, subject: string): boolean {
  const ends = (account?: string) => account !== undefined && subject.toLowerCase().endsWith(account.slice(2).toLowerCase());
  return ends(chain.registrant) || ends(before(chain));
}

/** Why who looks may not review this chain, though they are a reviewer. */
function usePart(chain: ChainDetail | undefined, who: Who): 'registrant' | 'operator' | 'before' | undefined {
  const represented = useRepresented();
  if (!chain || who.mine.length === 0) return undefined;
  if (same(who.account, chain.registrant)) return 'registrant';
  if (represented?.includes(chain.operator)) return 'operator';
  if (same(who.account, before(chain))) return 'before';
  return undefined;
}

export function ReviewStep({ chain, state }: { chain?: ChainDetail; state: StepState }) {
  const { t } = useTranslation('attach');
  const taken = chain && chain.status !== 'Registered' ? chain : undefined;
  const found = useWho('Chains', taken ? 'decide' : 'startReview', chain?.operator);
  const part = usePart(chain, found);
  const who = chain ? { ...found, holders: found.holders.filter(({ subject }) => !hasPart(chain, subject)) } : found;
  const mine = who.mine.length > 0 && !part;
  return (
    <Step name="review" state={state} mine={mine}>
      {chain && <Reviews chain={chain} />}
      {state === 'refused' && chain?.appealUntil && (
        <p>
          <Link to={`/chains/${chain.id}`}>{t('review.appeal')}</Link> <Deadline chain={chain} />
        </p>
      )}
      {state === 'later' && chain && <Later who={who} command={startCommand(chain)} />}
      {state === 'now' && chain && (
        <>
          <p>{t('review.independent')}</p>
          <p className="faint">
            <Deadline chain={chain} />
          </p>
          <Turn
            who={who}
            mine={mine}
            unless={part && t(`review.parts.${part}`)}
            command={(taken ? decideCommand : startCommand)(chain, who.isKnown && who.holders.length === 0)}
          >
            {taken ? (
              <DecideForm chain={chain} />
            ) : (
              <div>
                <SignAndSend
                  label={t('review.start')}
                  title={t('review.start')}
                  text={t('review.startText')}
                  call={{ contract: 'Chains', function: 'startReview', arguments: [chain.id] }}
                />
              </div>
            )}
          </Turn>
        </>
      )}
    </Step>
  );
}

/** What was done since the registration: taken up, decided, appealed, decided again. */
function Reviews({ chain }: { chain: ChainDetail }) {
  const { t } = useTranslation('attach');
  const start = chain.history.findLastIndex(({ to }) => to === 'Registered');
  const changes = chain.history.slice(start + 1).filter(({ from, to }) => EVENTS[`${from} ${to}`]);
  const decisions = changes.filter(({ from }) => from === 'UnderReview');
  const reviews = chain.reviews.slice(-decisions.length);
  return changes.map((change) => {
    const review = reviews[decisions.indexOf(change)];
    return (
      <div key={`${change.transaction} ${change.to}`}>
        <Done
          what={t(`review.${EVENTS[`${change.from} ${change.to}`]}`)}
          by={change.actor}
          at={change.at}
          transaction={change.transaction}
        />
        {change.reason && (
          <p>
            <Untrusted text={change.reason} characters={300} />{' '}
            {review && (
              <span className="faint">
                {t('review.evidence')} <Hash value={review.evidence} />
              </span>
            )}
          </p>
        )}
      </div>
    );
  });
}

function DecideForm({ chain }: { chain: ChainDetail }) {
  const { t } = useTranslation('attach');
  const [form] = Form.useForm<Filled>();
  const family = familyOf(chain.caip2);
  const decide = (approve: boolean) => async (): Promise<Call | undefined> => {
    try {
      const { evidence, reason } = await form.validateFields();
      return { contract: 'Chains', function: 'decide', arguments: [chain.id, approve, evidence.trim(), reason] };
    } catch {
      return undefined;
    }
  };
  return (
    <Form form={form} layout="vertical" className="narrow">
      {(family === 'evm' || family === 'cometbft') && (
        <>
          <p>{t('review.inspect')}</p>
          <Command text={inspectCommand(chain, family, true)} />
          <p className="note">{t('review.compare')}</p>
        </>
      )}
      {FIELDS.map((field) => (
        <FieldItem key={field.name} field={field} />
      ))}
      <Flex gap={8} wrap>
        <SignAndSend label={t('review.approve')} title={t('review.approve')} text={t('review.approveText')} call={decide(true)} />
        <SignAndSend danger label={t('review.reject')} title={t('review.reject')} text={t('review.rejectText')} call={decide(false)} />
      </Flex>
    </Form>
  );
}
