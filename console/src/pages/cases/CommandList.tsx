/** The commands of a case: how far each is, what is next, and who may approve it. */
import { Flex } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import { refresh } from '../../api/hooks';
import { useRights, useSession } from '../../api/session';
import { SignAndSend } from '../../components/SignAndSend';
import { EmptyState } from '../../components/States';
import { UntrustedText } from '../../components/Untrusted';
import { ActButton } from '../governance/ActButton';
import { Progress, useNext } from './Progress';
import type { CaseCommand, CaseDetail } from './types';
import { ChainName, CommandStateTag, CommandTarget } from './Words';

export function CommandList({ found }: { found: CaseDetail }) {
  const { t } = useTranslation('cases');
  const { hash } = useLocation();
  useEffect(() => {
    if (hash) document.getElementById(hash.slice(1))?.scrollIntoView({ block: 'center' });
  }, [hash]);
  if (found.commands.length === 0) return <EmptyState title={t('command.noneHere')} hint={t('command.noneHereHint')} />;
  const heads = found.commands.filter((one) => !one.parent).toReversed();
  return (
    <div className="stack">
      {heads.map((one) => (
        <Shown key={one.id} command={one} followers={found.commands.filter(({ parent }) => parent === one.id)} />
      ))}
    </div>
  );
}

function Shown({ command, followers }: { command: CaseCommand; followers: CaseCommand[] }) {
  const { t } = useTranslation('cases');
  const next = useNext();
  return (
    <article className="command-card" id={`command-${command.id}`}>
      <div className="command-head">
        <h3>
          {t('command.name', { id: command.id })} · {t(`actions.${command.action}`)}
        </h3>
        <CommandStateTag value={command.state} />
        <CommandTarget command={command} />
        <span className="faint">
          {t('command.on')} <ChainName chain={command.chain} /> · {t(`levels.${command.level}.name`)}
        </span>
      </div>
      <div>
        <UntrustedText text={command.reason} />
        <div className="faint">
          <UntrustedText text={command.legalBasis} />
        </div>
      </div>
      <Progress command={command} />
      <p className="command-next">
        <strong>{t('command.next')}:</strong> {next(command, followers)}
      </p>
      {followers.length > 0 && (
        <div>
          <p className="note">{t('command.followers', { count: followers.length })}</p>
          <ul className="followers">
            {followers.map((one) => (
              <li key={one.id} id={`command-${one.id}`}>
                <span className="number faint">{one.id}</span>
                <CommandTarget command={one} />
                <span className="faint">
                  {t('command.on')} <ChainName chain={one.chain} />
                </span>
                <CommandStateTag value={one.state} />
                <span className="faint small">{next(one)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {command.state === 'ordered' && <Decision command={command} />}
    </article>
  );
}

/** Approval by another person: where one may not, the page says why. */
function Decision({ command }: { command: CaseCommand }) {
  const { t } = useTranslation('cases');
  const may = useRights();
  const { session } = useSession();
  if (!may('supervise')) return <p className="note">{t('approve.noRole')}</p>;
  const own = session?.account?.toLowerCase() === command.orderedBy.toLowerCase();
  const title = t(`actions.${command.action}`);
  return (
    <Flex gap={8} wrap align="center">
      {own ? (
        <p className="note">{t('approve.own')}</p>
      ) : (
        <SignAndSend
          label={t('approve.title')}
          title={`${t('approve.title')}: ${title}`}
          text={t('approve.text')}
          call={{ contract: 'Cases', function: 'approve', arguments: [command.id] }}
          danger={command.action.startsWith('freeze')}
          onDone={() => void refresh('/api/v1/')}
        />
      )}
      <ActButton
        label={t('withdraw.title')}
        title={`${t('withdraw.title')}: ${title}`}
        hint={t('withdraw.hint')}
        fields={[{ name: 'reason', kind: 'reason' }]}
        call={(filled) => ({ contract: 'Cases', function: 'withdraw', arguments: [command.id, filled.reason] })}
        onDone={() => void refresh('/api/v1/')}
      />
    </Flex>
  );
}
