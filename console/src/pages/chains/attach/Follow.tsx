/** Step 4: by whom the chain is followed, and on what terms. */
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Form, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../../components/Page';
import { SignAndSend } from '../../../components/SignAndSend';
import type { Call } from '../../../wallet/send';
import { OrganisationSelect } from '../../governance/Fields';
import type { ChainDetail } from '../types';
import { followCommand } from './commands';
import { Done, Later, Step, Turn } from './Step';
import { familyOf, majorityOf, rootOf, type StepState } from './steps';
import { useWho } from './who';

/** In the order of the contract. */
const FINALITIES = ['Instant', 'Finalized', 'Depth'] as const;
/** What the contract takes. */
const BATCH_BLOCKS_MAX = 4_096;
const GATEWAYS_MAX = 16;
const ACCOUNT = /^0x[0-9a-fA-F]{40}$/;

interface Terms {
  finality: (typeof FINALITIES)[number];
  depth: number;
  batchBlocks: number;
  threshold: number;
  gateways: { account?: string; organisation?: string }[];
}

export function FollowStep({ chain, state }: { chain?: ChainDetail; state: StepState }) {
  const { t } = useTranslation(['attach', 'chains']);
  const who = useWho('Anchors', 'follow', chain?.operator);
  const { following } = chain ?? {};
  const root = chain && rootOf(chain, 'BlockHash');
  const isActive = chain?.status === 'Active';
  const mine = isActive && who.mine.length > 0;
  return (
    <Step name="follow" state={state} mine={mine}>
      {following && (
        <>
          <Done what={t('follow.done')} at={following.since} transaction={following.transaction} />
          <Facts
            items={[
              [t('chains:following.finality'), t(`chains:following.finalities.${following.finality}`, { depth: following.depth })],
              [t('chains:following.batchBlocks'), following.batchBlocks],
              [t('follow.threshold'), `${following.threshold} / ${following.gateways.length}`],
            ]}
          />
        </>
      )}
      {chain && state === 'later' && <Later who={who} command={command(chain, root?.validFromHeight ?? 'HEIGHT')} />}
      {chain && root && state === 'now' && (
        <Turn who={who} mine={mine} unless={!isActive && t('follow.frozen')} command={command(chain, root.validFromHeight)}>
          <FollowForm chain={chain} height={root.validFromHeight} />
        </Turn>
      )}
    </Step>
  );
}

/** Ethereum-like chains say themselves what is final, or vote; all others that gateways follow vote. */
const command = (chain: ChainDetail, height: number | string) =>
  followCommand(chain, height, familyOf(chain.caip2) === 'evm' ? 'Finalized' : 'Instant');

function FollowForm({ chain, height }: { chain: ChainDetail; height: number }) {
  const { t } = useTranslation(['attach', 'chains']);
  const [form] = Form.useForm<Terms>();
  const finality = Form.useWatch('finality', form);
  const count = Form.useWatch('gateways', form)?.length ?? 1;
  const isEvm = familyOf(chain.caip2) === 'evm';
  async function call(): Promise<Call | undefined> {
    try {
      const filled = await form.validateFields();
      const terms = {
        finality: FINALITIES.indexOf(filled.finality),
        depth: String(filled.finality === 'Depth' ? filled.depth : 0),
        batchBlocks: filled.batchBlocks,
        threshold: filled.threshold,
        gateways: filled.gateways.map(({ account, organisation }) => ({ account: account?.trim(), organisation })),
      };
      return { contract: 'Anchors', function: 'follow', arguments: [chain.id, String(height), terms] };
    } catch {
      return undefined;
    }
  }
  const needed = { required: true, message: t('needed') };
  return (
    <Form
      form={form}
      layout="vertical"
      className="narrow"
      initialValues={{
        finality: isEvm ? undefined : 'Instant',
        depth: 12,
        batchBlocks: 8,
        threshold: 1,
        gateways: [{ organisation: chain.operator }],
      }}
      onValuesChange={(_, { gateways, threshold }) => {
        const least = majorityOf(gateways.length);
        if (threshold < least || threshold > gateways.length) form.setFieldValue('threshold', least);
      }}
    >
      <Form.Item name="finality" label={t('chains:following.finality')} extra={t('follow.finalityHint')} rules={[needed]}>
        <Select options={FINALITIES.map((value) => ({ value, label: t(`follow.finalities.${value}`) }))} />
      </Form.Item>
      {finality === 'Depth' && (
        <Form.Item name="depth" label={t('follow.depth')} rules={[needed]}>
          <InputNumber<number> min={1} precision={0} style={{ width: '100%' }} />
        </Form.Item>
      )}
      <Form.Item name="batchBlocks" label={t('chains:following.batchBlocks')} extra={t('follow.batchHint')} rules={[needed]}>
        <InputNumber<number> min={1} max={BATCH_BLOCKS_MAX} precision={0} style={{ width: '100%' }} />
      </Form.Item>
      <Form.List name="gateways">
        {(rows, { add, remove }) => (
          <fieldset className="plain-fieldset">
            <legend>{t('follow.gateways')}</legend>
            {rows.map((row, place) => (
              <div key={row.key} className="guide-gateway">
                <Form.Item
                  name={[row.name, 'account']}
                  rules={[
                    { required: true, pattern: ACCOUNT, transform: (text: string) => text?.trim(), message: t('follow.wrongAccount') },
                  ]}
                >
                  <Input
                    aria-label={`${t('chains:following.account')} ${place + 1}`}
                    placeholder={`${t('chains:following.account')}: 0x…`}
                    spellCheck={false}
                    className="mono"
                  />
                </Form.Item>
                <Form.Item name={[row.name, 'organisation']} rules={[needed]}>
                  <OrganisationSelect label={`${t('chains:following.organisation')} ${place + 1}`} />
                </Form.Item>
                {rows.length > 1 && (
                  <Button
                    type="text"
                    icon={<DeleteOutlined aria-hidden />}
                    aria-label={t('follow.remove', { number: place + 1 })}
                    onClick={() => remove(row.name)}
                  />
                )}
              </div>
            ))}
            {rows.length < GATEWAYS_MAX && (
              <Button icon={<PlusOutlined aria-hidden />} onClick={() => add({})}>
                {t('follow.add')}
              </Button>
            )}
            <p className="note">{t('follow.gatewaysHint')}</p>
          </fieldset>
        )}
      </Form.List>
      <Form.Item name="threshold" label={t('follow.threshold')} extra={t('follow.thresholdHint')} rules={[needed]}>
        <InputNumber<number> min={majorityOf(count)} max={count} precision={0} style={{ width: '100%' }} />
      </Form.Item>
      <SignAndSend label={t('follow.do')} title={t('follow.do')} text={t('follow.sure')} call={call} />
    </Form>
  );
}
