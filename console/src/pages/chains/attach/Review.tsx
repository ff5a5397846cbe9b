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
import { Done, Step, Turn } from './Step';
import { changeTo, familyOf, type StepState } from './steps';
import { useWho, type Who } from './who';

const FIELDS: Field[] = [
  { name: 'evidence', kind: 'hash' },
  { name: 'reason', kind: 'reason' },
];

const same = (one?: string | null, other?: string | null) => Boolean(one) && one?.toLowerCase() === other?.toLowerCase();

/** Why who looks may not review this chain, though they are a reviewer. */
function usePart(chain: ChainDetail | undefined, who: Who): 'registrant' | 'operator' | 'before' | undefined {
  const represented = useRepresented();
  if (!chain || who.mine.length === 0) return undefined;
  if (same(who.account, chain.registrant)) return 'registrant';
  if (represented?.includes(chain.operator)) return 'operator';
  if (chain.appealed && same(who.account, chain.reviews.at(-1)?.reviewer)) return 'before';
  return undefined;
}

export function ReviewStep({ chain, state }: { chain?: ChainDetail; state: StepState }) {
  const { t } = useTranslation('attach');
  const taken = chain && chain.status !== 'Registered' ? chain : undefined;
  const who = useWho('Chains', taken ? 'decide' : 'startReview', chain?.operator);
  const part = usePart(chain, who);
  const mine = who.mine.length > 0 && !part;
  const begun = taken && changeTo(taken, 'UnderReview');
  const decision = state === 'now' ? undefined : taken?.reviews.at(-1);
  const decided = taken?.history.filter(({ from, to }) => from === 'UnderReview' && to !== 'UnderReview').at(-1);
  return (
    <Step name="review" state={state} mine={mine}>
      {begun && <Done what={t('review.taken')} by={begun.actor} at={begun.at} transaction={begun.transaction} />}
      {decision && (
        <>
          <Done
            what={t(decision.approved ? 'review.approved' : 'review.rejected')}
            by={decision.reviewer}
            at={decision.at}
            transaction={decided?.transaction}
          />
          <p>
            <Untrusted text={decision.reason} characters={300} />{' '}
            <span className="faint">
              {t('review.evidence')} <Hash value={decision.evidence} />
            </span>
          </p>
        </>
      )}
      {state === 'refused' && chain && (
        <p>
          <Link to={`/chains/${chain.id}`}>{t('review.appeal')}</Link> <Deadline chain={chain} />
        </p>
      )}
      {state === 'now' && chain && (
        <>
          <p>
            {t('review.independent')} <Deadline chain={chain} />
          </p>
          <Turn
            who={who}
            mine={mine}
            unless={part && t(`review.parts.${part}`)}
            command={taken ? decideCommand(chain) : startCommand(chain)}
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
