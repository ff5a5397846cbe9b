/** The inputs of an act: one drawing for each kind of field, with choices that come from the city itself. */
import { DeleteOutlined, FileOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, DatePicker, Flex, Form, Input, InputNumber, Select, Space, Switch, Upload } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Page } from '../../api/client';
import { useRead } from '../../api/hooks';
import { useRoleWords } from '../../components/HeldRole';
import { harmless } from '../../components/Untrusted';
import { CONTRACTS, type ContractName, ENUMS, type EnumName, type Field } from './acts';
import { SYSTEM_FUNCTIONS } from './functions';
import type { CityNode, Organisation, Role } from './types';

const ACCOUNT = /^0x[0-9a-fA-F]{40}$/;
const SUBJECT = /^(0x([0-9a-fA-F]{40}|[0-9a-fA-F]{64})|did:civitas:[0-9a-f]{64})$/;
const HASH = /^0x[0-9a-fA-F]{64}$/;
const BYTES = /^0x([0-9a-fA-F]{2})+$/;
/** Choices of a city fit on one page of the API; a larger city finds the rest by its search. */
const CHOICES = 200;

const isEmpty = (value: unknown) => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** A field with its label and the rule that what is needed is filled in. */
export function FieldItem({ field }: { field: Field }) {
  const { t } = useTranslation('governance');
  const label = t(`fields.${field.name}`);
  const rules = [
    ...(field.optional
      ? []
      : [
          {
            validator: (_: unknown, value: unknown) => (isEmpty(value) ? Promise.reject(new Error(t('create.needed'))) : Promise.resolve()),
          },
        ]),
    ...(field.kind === 'account' ? [{ pattern: ACCOUNT, message: t('create.wrongAccount') }] : []),
    ...(field.kind === 'subject' || field.kind === 'identity' ? [{ pattern: SUBJECT, message: t('create.wrongSubject') }] : []),
    ...(field.kind === 'hash' ? [{ pattern: HASH, message: t('create.wrongHash') }] : []),
    ...(field.kind === 'bytes' ? [{ pattern: BYTES, message: t('create.wrongBytes') }] : []),
  ];
  if (field.kind === 'scope') return <ScopeItem name={field.name} label={label} />;
  return (
    <Form.Item
      name={field.name}
      label={label}
      required={!field.optional}
      rules={rules}
      initialValue={field.initial}
      valuePropName={field.kind === 'yesNo' ? 'checked' : 'value'}
    >
      <FieldInput field={field} />
    </Form.Item>
  );
}

/** What a form hands to its input. */
interface Inner {
  id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: each kind of field has a value of its own kind
  value?: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  onChange?: (value: any) => void;
}

function FieldInput({ field, ...inner }: { field: Field } & Inner) {
  const { t } = useTranslation('governance');
  switch (field.kind) {
    case 'text':
      return <Input maxLength={field.max} {...inner} />;
    case 'reason':
      return <Input.TextArea maxLength={256} showCount autoSize={{ minRows: 2, maxRows: 5 }} {...inner} />;
    case 'number':
    case 'grant':
      return <InputNumber<number> min={field.min} max={field.max} precision={0} style={{ width: '100%' }} {...inner} />;
    case 'percent':
      return <InputNumber<number> min={field.min} max={field.max} precision={0} suffix="%" style={{ width: '100%' }} {...inner} />;
    case 'duration':
      return <Duration {...inner} />;
    case 'yesNo':
      return <Switch checkedChildren={t('yes')} unCheckedChildren={t('no')} {...inner} />;
    case 'hash':
      return <HashOfFile {...inner} />;
    case 'account':
    case 'bytes':
      return <Input placeholder="0x…" spellCheck={false} {...inner} />;
    case 'subject':
    case 'identity':
      return <Input placeholder="did:civitas:… / 0x…" spellCheck={false} {...inner} />;
    case 'time':
      return <DatePicker showTime style={{ width: '100%' }} {...inner} />;
    case 'organisation':
      return <OrganisationSelect only={field.choices} {...inner} />;
    case 'voter':
      return <OrganisationSelect voting only={field.choices} {...inner} />;
    case 'node':
      return <NodeSelect {...inner} />;
    case 'role':
      return <RoleSelect {...inner} />;
    case 'chain':
      return <ChainSelect {...inner} />;
    case 'ledger':
      return <LedgerSelect {...inner} />;
    case 'permissions':
      return <Permissions {...inner} />;
    case 'members':
      return <Members {...inner} />;
    case 'enum':
      return <EnumSelect field={field} {...inner} />;
    default:
      return <Input {...inner} />;
  }
}

/** Where the words for the names of an enumeration stand. */
const WORDS: Partial<Record<EnumName, string>> = {
  organisationKind: 'organisationKinds',
  organisationStatus: 'statuses',
  nodeRole: 'nodeRoles',
  proposalKind: 'kinds',
  scopeKind: 'scopes',
  access: 'access',
  chainKind: 'chains:kinds',
  rootKind: 'chains:rootKinds',
  identityKind: 'identities:kinds',
};

function EnumSelect({ field, ...inner }: { field: Field } & Inner) {
  const { t } = useTranslation(['governance', 'chains', 'identities']);
  const group = field.enumName && WORDS[field.enumName];
  const options = (field.choices ?? []).map((value) => ({ value, label: group ? t(`${group}.${value}`) : value }));
  return <Select options={options} {...inner} />;
}

const search = { optionFilterProp: 'label' };

export function OrganisationSelect(inner: Inner & { voting?: boolean; only?: readonly string[]; label?: string }) {
  const { voting, only, label, ...rest } = inner;
  const { data, isPending } = useRead<Page<Organisation>>('/api/v1/organisations', { query: { limit: CHOICES } });
  const options = data?.items
    .filter((each) => (!voting || (each.voting && each.status === 'Active')) && (!only || only.includes(each.id)))
    .map((each) => ({ value: each.id, label: harmless(each.name, 60) }));
  return <Select aria-label={label} showSearch={search} loading={isPending} options={options} {...rest} />;
}

export function NodeSelect({ label, ...inner }: Inner & { label?: string }) {
  const { t } = useTranslation('governance');
  const { data, isPending } = useRead<Page<CityNode>>('/api/v1/nodes', { query: { limit: CHOICES } });
  const options = data?.items.map((each) => ({
    value: each.key,
    label: `${harmless(each.name, 40)} · ${t(`nodeRoles.${each.role}`)} · ${t(`statuses.${each.status}`)}`,
  }));
  return <Select aria-label={label} showSearch={search} loading={isPending} options={options} {...inner} />;
}

export function RoleSelect(inner: Inner) {
  const words = useRoleWords();
  const { data, isPending } = useRead<Page<Role>>('/api/v1/roles', { query: { limit: CHOICES } });
  const options = data?.items
    .filter((each) => each.status === 'Active')
    .map((each) => ({ value: each.id, label: words.role({ role: each.name }) }));
  return <Select showSearch={search} loading={isPending} options={options} {...inner} />;
}

function ChainSelect(inner: Inner) {
  const { data, isPending } = useRead<Page<{ id: string; name: string; caip2: string }>>('/api/v1/chains', { query: { limit: CHOICES } });
  const options = data?.items.map((each) => ({ value: each.id, label: `${harmless(each.name, 40)} · ${harmless(each.caip2, 40)}` }));
  return <Select showSearch={search} loading={isPending} options={options} {...inner} />;
}

function LedgerSelect(inner: Inner) {
  const { data, isPending } = useRead<Page<{ name: string; kind: string }>>('/api/v1/ledgers', { query: { limit: CHOICES } });
  const options = data?.items
    .filter((each) => each.name !== 'main' && each.kind === 'own')
    .map((each) => ({ value: each.name, label: harmless(each.name, 40) }));
  return <Select showSearch={search} loading={isPending} options={options} {...inner} />;
}

/** A hash, typed in, or made of a file that stays on this machine. */
function HashOfFile({ id, value, onChange }: Inner) {
  const { t } = useTranslation('governance');
  async function take(file: File) {
    const [{ keccak256 }, bytes] = await Promise.all([import('viem'), file.arrayBuffer()]);
    onChange?.(keccak256(new Uint8Array(bytes)));
  }
  return (
    <Space.Compact block>
      <Input id={id} placeholder="0x…" spellCheck={false} value={value} onChange={(event) => onChange?.(event.target.value)} />
      <Upload
        showUploadList={false}
        beforeUpload={(file) => {
          void take(file);
          return false;
        }}
      >
        <Button icon={<FileOutlined aria-hidden />}>{t('create.ofFile')}</Button>
      </Upload>
    </Space.Compact>
  );
}

const UNITS = { minutes: 60, hours: 3_600, days: 86_400 } as const;
type Unit = keyof typeof UNITS;
const unitOf = (seconds: number): Unit => (seconds % 86_400 === 0 ? 'days' : seconds % 3_600 === 0 ? 'hours' : 'minutes');

/** A length of time in the unit that fits; its value is in seconds. */
function Duration({ id, value, onChange }: { id?: string; value?: number; onChange?: (value: unknown) => void }) {
  const { t } = useTranslation('governance');
  const [unit, setUnit] = useState<Unit>(unitOf(value ?? 0));
  const tell = (amount: number, of: Unit) => onChange?.(Math.round(amount * UNITS[of]));
  const amount = (value ?? 0) / UNITS[unit];
  return (
    <Space.Compact block>
      <InputNumber<number> id={id} min={0} value={amount} onChange={(next) => tell(next ?? 0, unit)} style={{ flex: 1 }} />
      <Select
        aria-label={t('units.label')}
        value={unit}
        style={{ width: 110 }}
        onChange={(next: Unit) => {
          setUnit(next);
          tell(amount, next);
        }}
        options={(Object.keys(UNITS) as Unit[]).map((each) => ({ value: each, label: t(`units.${each}`) }))}
      />
    </Space.Compact>
  );
}

/** Where a grant holds: the whole city, or one thing of it. */
function ScopeItem({ name, label }: { name: string; label: string }) {
  const { t } = useTranslation('governance');
  const kind: string | undefined = Form.useWatch([name, 'kind']);
  const value = (
    <Form.Item
      key={kind}
      name={[name, 'value']}
      label={t('fields.scopeValue')}
      preserve={false}
      rules={[
        { required: true, message: t('create.needed') },
        ...(kind === 'Contract' ? [{ pattern: ACCOUNT, message: t('create.wrongAccount') }] : []),
      ]}
    >
      {kind === 'Organisation' ? (
        <OrganisationSelect />
      ) : kind === 'Contract' ? (
        <Input placeholder="0x…" spellCheck={false} />
      ) : (
        <InputNumber min={0} precision={0} style={{ width: '100%' }} />
      )}
    </Form.Item>
  );
  return (
    <>
      <Form.Item name={[name, 'kind']} label={label} initialValue="City" rules={[{ required: true }]}>
        <Select options={ENUMS.scopeKind.map((each) => ({ value: each, label: t(`scopes.${each}`) }))} />
      </Form.Item>
      {kind && kind !== 'City' && value}
    </>
  );
}

interface Permitted {
  target: string;
  selector: string;
  name: string;
}

/** Functions of system contracts that a new role permits to call. */
function Permissions({ id, value = [], onChange }: { id?: string; value?: Permitted[]; onChange?: (value: unknown) => void }) {
  const options = Object.entries(SYSTEM_FUNCTIONS).map(([contract, functions]) => ({
    label: contract,
    options: functions.map((each) => ({ value: `${contract}.${each.name}`, label: `${contract}.${each.name}` })),
  }));
  const choose = (names: string[]) =>
    onChange?.(
      names.map((name) => {
        const [contract, of] = name.split('.') as [ContractName, string];
        const found = SYSTEM_FUNCTIONS[contract]?.find((each) => each.name === of);
        return { name, target: CONTRACTS[contract], selector: found?.selector ?? '0x00000000' };
      }) as never,
    );
  return <Select id={id} mode="multiple" options={options} value={value.map((each) => each.name)} onChange={choose} showSearch />;
}

interface Member {
  key?: string;
  role: string;
}

/** The nodes of a ledger, each with what it does there; at first all validators of the city. */
function Members({ value, onChange }: { value?: Member[]; onChange?: (value: unknown) => void }) {
  const { t } = useTranslation('governance');
  const { data } = useRead<Page<CityNode>>('/api/v1/nodes', { query: { limit: CHOICES } });
  const members = value ?? [];
  const tell = (next: Member[]) => onChange?.(next);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the nodes are known, and nothing was chosen yet
  useEffect(() => {
    const validators = data?.items.filter((node) => node.role === 'Validator' && node.status === 'Active');
    if (value === undefined && validators) tell(validators.map((node) => ({ key: node.key, role: 'Validator' })));
  }, [data]);
  const change = (index: number, part: Partial<Member>) => tell(members.map((each, at) => (at === index ? { ...each, ...part } : each)));
  return (
    <Flex vertical gap={8}>
      {members.map((member, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place only
        <Flex gap={8} key={index}>
          <div style={{ flex: 2, minWidth: 0 }}>
            <NodeSelect label={`${t('fields.node')} ${index + 1}`} value={member.key} onChange={(key) => change(index, { key })} />
          </div>
          <Select
            aria-label={`${t('fields.nodeRole')} ${index + 1}`}
            style={{ flex: 1, minWidth: 110 }}
            value={member.role}
            onChange={(role) => change(index, { role })}
            options={ENUMS.nodeRole.slice(1).map((each) => ({ value: each, label: t(`nodeRoles.${each}`) }))}
          />
          <Button
            aria-label={t('create.remove')}
            icon={<DeleteOutlined aria-hidden />}
            onClick={() => tell(members.filter((_, at) => at !== index))}
          />
        </Flex>
      ))}
      <Button icon={<PlusOutlined aria-hidden />} onClick={() => tell([...members, { role: 'Validator' }])}>
        {t('fields.node')}
      </Button>
    </Flex>
  );
}
