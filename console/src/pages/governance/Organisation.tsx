/** One organisation: who speaks for it, its nodes, its certificate authorities. */
import { Button, Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Hash } from '../../components/Hash';
import { Facts, Page, Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { GrantTable } from './GrantTable';
import { NodeTiles } from './Nodes';
import type { OrganisationDetail } from './types';

export function OrganisationPage() {
  const { name = '' } = useParams();
  const { t } = useTranslation('governance');
  const may = useRights();
  const answer = useRead<OrganisationDetail>('/api/v1/organisations/{name}', { path: { name } });
  return (
    <Loaded answer={answer}>
      {(each) => (
        <Page
          title={each.name}
          crumb={<Link to="/governance/organisations">{t('tabs.organisations')}</Link>}
          subtitle={<StatusTag value={each.status} label={t(`statuses.${each.status}`)} />}
          actions={
            may('transact') && (
              <Flex gap={8} wrap>
                <Link
                  to={`/governance/proposals/new?act=organisationChange&organisation=${each.id}&organisationKind=${each.kind}&level=${each.level}`}
                >
                  <Button>{t('organisations.change')}</Button>
                </Link>
                <Link to={`/governance/proposals/new?act=organisationStatus&organisation=${each.id}`}>
                  <Button danger>{t('acts.organisationStatus')}</Button>
                </Link>
              </Flex>
            )
          }
        >
          <div className="columns">
            <div>
              <Panel title={t('organisations.itsNodes')}>
                {each.nodeList.length > 0 ? <NodeTiles nodes={each.nodeList} /> : <p className="faint">{t('organisations.noNodes')}</p>}
              </Panel>
              <Panel title={t('organisations.representatives')} flush={each.representatives.length > 0}>
                {each.representatives.length > 0 ? (
                  <GrantTable grants={each.representatives} label={t('organisations.representatives')} />
                ) : (
                  <p className="faint">{t('organisations.noRepresentatives')}</p>
                )}
              </Panel>
            </div>
            <div>
              <Panel>
                <Facts
                  items={[
                    [t('fields.organisationKind'), t(`organisationKinds.${each.kind}`)],
                    [t('fields.level'), each.level],
                    [t('fields.voting'), each.voting ? t('yes') : t('no')],
                    [t('organisations.since'), t('height', { height: each.joinedAt })],
                    ['ID', <Hash key="id" value={each.id} />],
                  ]}
                />
              </Panel>
              <Panel title={t('organisations.itsAnchors')}>
                {each.anchors.length === 0 ? (
                  <p className="faint">{t('organisations.anchorsNone')}</p>
                ) : (
                  <ul className="plain-list">
                    {each.anchors.map((anchor) => (
                      <li key={anchor.fingerprint}>
                        <Untrusted text={anchor.subject} />
                        <div className="faint">
                          <Hash value={anchor.fingerprint} /> <Time value={anchor.notAfter} />
                        </div>
                      </li>
                    ))}
                  </ul>
                )}
              </Panel>
            </div>
          </div>
        </Page>
      )}
    </Loaded>
  );
}
