/** Step 2: the block that everything later must lead back to. */
import { Form, Input, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Page } from '../../../api/client';
import { useRead } from '../../../api/hooks';
import { useRights } from '../../../api/session';
import type { LedgerEvent } from '../../../api/types';
import { Count } from '../../../components/Amount';
import { Command } from '../../../components/Command';
import { Hash } from '../../../components/Hash';
import { SignAndSend } from '../../../components/SignAndSend';
import type { Call } from '../../../wallet/send';
import { CONTRACTS, enumNumber } from '../../governance/acts';
import type { ChainDetail } from '../types';
import { inspectCommand, rootCommand } from './commands';
import { Done, Step, Turn } from './Step';
import { familyOf, rootOf, type StepState } from './steps';
import { useWho } from './who';

const HASH = /^0x[0-9a-fA-F]{64}$/;
/** Newest events in which the transaction is looked for; without it the step says when, and not by whom. */
const EVENTS = 200;

export function RootStep({ chain, state }: { chain?: ChainDetail; state: StepState }) {
  const { t } = useTranslation('attach');
  const who = useWho('Chains', 'addTrustRoot', chain?.operator);
  const root = chain && rootOf(chain, 'BlockHash');
  if (!chain || !root) {
    const beforeReview = chain?.status === 'Registered';
    const mine = beforeReview && who.mine.length > 0;
    return (
      <Step name="root" state={state} mine={mine}>
        {chain && state === 'now' && (
          <Turn
            who={beforeReview ? who : undefined}
            mine={mine}
            unless={!beforeReview && t('root.byProposal')}
            command={rootCommand(chain, !beforeReview)}
          >
            <RootForm chain={chain} />
          </Turn>
        )}
      </Step>
    );
  }
  return (
    <Step name="root" state="done">
      <RootDone what={t('root.done')} chain={chain} root={root} />
      <p>
        {t('root.block')} <Count value={root.validFromHeight} />: <Hash value={root.root} />
      </p>
    </Step>
  );
}

/** Who said it stands in the event of the contract, not in the answer about the chain. */
export function RootDone({ what, chain, root }: { what: string; chain: ChainDetail; root: ChainDetail['trustRoots'][number] }) {
  const may = useRights();
  const query = { contract: CONTRACTS.Chains, topic: 'TrustRootAdded', limit: EVENTS };
  const { data } = useRead<Page<LedgerEvent>>(
    '/api/v1/ledgers/{ledger}/events',
    { path: { ledger: 'main' }, query },
    { enabled: may('explore') },
  );
  const said = (event: LedgerEvent, name: string) => event.arguments.find((each) => each.name === name)?.value;
  const added = data?.items.find((event) => said(event, 'id') === chain.id && said(event, 'root') === root.root);
  return <Done what={what} at={root.at} transaction={added?.transaction} />;
}

function RootForm({ chain }: { chain: ChainDetail }) {
  const { t } = useTranslation('attach');
  const [form] = Form.useForm<{ height: number; hash: string }>();
  const family = familyOf(chain.caip2);
  async function call(): Promise<Call | undefined> {
    try {
      const { height, hash } = await form.validateFields();
      return {
        contract: 'Chains',
        function: 'addTrustRoot',
        arguments: [chain.id, enumNumber('rootKind', 'BlockHash'), hash.trim(), String(height)],
      };
    } catch {
      return undefined;
    }
  }
  return (
    <Form form={form} layout="vertical" className="narrow">
      {family !== 'none' && (
        <>
          <p>{t(family === 'fabric' ? 'root.configBlock' : 'root.inspect')}</p>
          <Command text={inspectCommand(chain, family)} />
          <p className="note">{t('root.why')}</p>
        </>
      )}
      <Form.Item name="height" label={t('root.height')} rules={[{ required: true, message: t('needed') }]}>
        <InputNumber<number> min={family === 'cometbft' ? 1 : 0} precision={0} style={{ width: '100%' }} />
      </Form.Item>
      <Form.Item
        name="hash"
        label={t('root.hash')}
        rules={[{ required: true, pattern: HASH, transform: (text: string) => text?.trim(), message: t('root.wrongHash') }]}
      >
        <Input placeholder="0x…" spellCheck={false} className="mono" />
      </Form.Item>
      <SignAndSend label={t('root.do')} title={t('root.do')} text={t('root.sure')} call={call} />
    </Form>
  );
}
