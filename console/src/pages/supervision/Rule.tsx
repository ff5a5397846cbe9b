/** A rule with all its versions: what it says, whether it counts, who wrote it and who set it. */
import { Alert, Button, Flex, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { write } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Confirm } from '../../components/Confirm';
import { Facts, Page, Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { TabView } from '../../components/TabView';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { FindingTable } from './Findings';
import { MODES, type Mode, type Rule, type RuleDetail, SUPERVISION } from './types';
import { Actor, History, ModeTag, SeverityTag, useBoth } from './Words';

export function RulePage() {
  const id = useParams().id ?? '';
  const answer = useRead<RuleDetail>(`${SUPERVISION}/rules/{id}`, { path: { id } }, { every: 15_000 });
  return <Loaded answer={answer}>{(rule) => <Shown detail={rule} />}</Loaded>;
}

function Shown({ detail }: { detail: RuleDetail }) {
  const { t } = useTranslation('supervision');
  const both = useBoth();
  const may = useRights();
  const navigate = useNavigate();
  const newest = detail.versions[0];
  if (!newest) return null;
  const { rule } = newest;
  return (
    <Page
      title={both(rule.title)}
      crumb={<Link to="/supervision/rules">{t('tabs.rules')}</Link>}
      subtitle={<span className="mono">{rule.id}</span>}
      actions={
        may('supervise') && (
          <Button type="primary" onClick={() => void navigate(`/supervision/rules/${rule.id}/edit`)}>
            {t('rules.newVersion')}
          </Button>
        )
      }
    >
      <TabView
        label={both(rule.title)}
        items={[
          {
            key: 'versions',
            label: t('rules.versions'),
            children: (
              <div className="stack">
                {detail.versions.map((version) => (
                  <Version key={version.version} version={version} />
                ))}
              </div>
            ),
          },
          {
            key: 'findings',
            label: t('tabs.findings'),
            children: (
              <Panel flush>
                <FindingTable parameters={{ rule: rule.id }} />
              </Panel>
            ),
          },
          {
            key: 'history',
            label: t('history'),
            children: (
              <Panel>
                <History acts={detail.history} />
              </Panel>
            ),
          },
        ]}
      />
    </Page>
  );
}

function Version({ version }: { version: Rule }) {
  const { t } = useTranslation('supervision');
  const may = useRights();
  const { rule } = version;
  return (
    <Panel
      title={
        <Flex gap={12} wrap align="center">
          {t('version', { version: version.version })} <ModeTag value={version.mode} /> <SeverityTag value={rule.severity} />
        </Flex>
      }
      extra={
        may('supervise') && (
          <Flex gap={8} wrap>
            {MODES.filter((mode) => mode !== version.mode).map((mode) => (
              <SetMode key={mode} version={version} mode={mode} />
            ))}
          </Flex>
        )
      }
    >
      {version.fault && <Alert type="error" showIcon title={t('rules.faulty')} description={version.fault} />}
      <Facts
        items={[
          [
            t('rules.written'),
            <span key="written">
              <Actor value={version.writtenBy} /> <Time value={version.writtenAt} />
            </span>,
          ],
          [t('rules.owner'), <Untrusted key="owner" text={rule.owner} />],
          [t('finding.basis'), <Untrusted key="basis" text={rule.legalBasis} characters={300} />],
          rule.when ? [t('parts.when'), <Code key="when" text={rule.when} />] : null,
          [t('parts.subject'), <Code key="subject" text={rule.subject} />],
          ...Object.entries(rule.define ?? {}).map(([name, text]): [React.ReactNode, React.ReactNode] => [
            <code key="name">{name}</code>,
            <Code key="text" text={text} />,
          ]),
          rule.condition ? [t('parts.condition'), <Code key="condition" text={rule.condition} />] : null,
          rule.silence ? [t('parts.silence'), <Code key="silence" text={rule.silence} />] : null,
          rule.cooldown ? [t('parts.cooldown'), <Code key="cooldown" text={rule.cooldown} />] : null,
          [t('parts.textZh'), <Untrusted key="zh" text={rule.text.zh} characters={400} />],
          [t('parts.textEn'), <Untrusted key="en" text={rule.text.en} characters={400} />],
        ]}
      />
    </Panel>
  );
}

const Code = ({ text }: { text: string }) => <code className="expression">{text}</code>;

function SetMode({ version, mode }: { version: Rule; mode: Mode }) {
  const { t } = useTranslation('supervision');
  const [reason, setReason] = useState('');
  return (
    <Confirm
      label={t(`setMode.${mode}`)}
      title={`${t(`setMode.${mode}`)}: ${version.rule.id} · ${t('version', { version: version.version })}`}
      danger={mode !== 'shadow'}
      button={{ size: 'small' }}
      text={
        <div className="stack">
          <p>{t(`setModeText.${mode}`)}</p>
          <label className="field">
            <span>{t('reason')}</span>
            <Input.TextArea
              value={reason}
              maxLength={1_000}
              autoSize={{ minRows: 2 }}
              onChange={(event) => setReason(event.target.value)}
            />
          </label>
        </div>
      }
      act={async () => {
        await write(
          'post',
          `${SUPERVISION}/rules/{id}/versions/{version}/mode`,
          { mode, reason },
          { path: { id: version.rule.id, version: version.version } },
        );
        await refresh(SUPERVISION);
      }}
    />
  );
}
