/** The accounts that are bound to the own identity. */
import { Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Page as ApiPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import type { components } from '../../api/schema';
import { useRights } from '../../api/session';
import { Amount } from '../../components/Amount';
import { Address } from '../../components/Hash';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { TransferButton } from '../../components/Transfer';
import { Untrusted } from '../../components/Untrusted';
import { BindAccount } from '../identities/BindAccount';

type OwnAccount = components['schemas']['OwnAccount'];
type Me = components['schemas']['Me'];

export function MyAccounts() {
  const { t } = useTranslation('citizen');
  const answer = useRead<ApiPage<OwnAccount>>('/api/v1/me/accounts');
  const me = useRead<Me>('/api/v1/me');
  const may = useRights();
  const { identity } = me.data ?? {};
  return (
    <div className="stack">
      {identity?.status === 'Active' && may('transact') && (
        <div>
          <BindAccount identity={identity.id} act="bind" />
        </div>
      )}
      <Loaded answer={answer}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('empty.accounts')} />
          ) : (
            <div className="tiles">
              {items.map((each) => (
                <div key={each.account} className="tile">
                  <Flex justify="space-between" gap={8}>
                    <span className="faint mono">{each.account.split(':').slice(0, 2).join(':')}</span>
                    {each.status && <StatusTag value={each.status} label={t(`states.${each.status}`, { defaultValue: each.status })} />}
                  </Flex>
                  <div>
                    {each.address ? (
                      <Address value={each.address} ledger="main" />
                    ) : (
                      <span className="mono">
                        <Untrusted text={each.account.split(':').slice(2).join(':')} />
                      </span>
                    )}
                  </div>
                  <Flex justify="space-between">
                    <span className="faint">
                      {each.balance !== null && each.balance !== undefined && (
                        <>
                          {t('balance')} <Amount value={each.balance} />
                        </>
                      )}
                    </span>
                    {each.current && <StatusTag value="active" tone="busy" label={t('current')} />}
                  </Flex>
                  <Flex>{each.current && each.address && may('transact') && <TransferButton button={{ size: 'small' }} />}</Flex>
                </div>
              ))}
            </div>
          )
        }
      </Loaded>
    </div>
  );
}
