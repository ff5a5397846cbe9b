import {
  BankOutlined,
  BlockOutlined,
  DashboardOutlined,
  DeploymentUnitOutlined,
  FolderOpenOutlined,
  IdcardOutlined,
  LineChartOutlined,
  RadarChartOutlined,
  SafetyCertificateOutlined,
  SearchOutlined,
  ToolOutlined,
  UserOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { Right } from '../api/session';

export interface Area {
  /** Name of its folder under `pages`, of its texts, and of its path. */
  name: string;
  path: string;
  icon: ReactNode;
  /** Who lacks it does not see the entry. */
  right: Right;
}

export const areas: Area[][] = [
  [
    { name: 'overview', path: '/', icon: <DashboardOutlined />, right: 'explore' },
    { name: 'explorer', path: '/explorer', icon: <SearchOutlined />, right: 'explore' },
  ],
  [
    { name: 'governance', path: '/governance', icon: <BankOutlined />, right: 'readGovernance' },
    { name: 'identities', path: '/identities', icon: <IdcardOutlined />, right: 'readIdentities' },
    { name: 'chains', path: '/chains', icon: <DeploymentUnitOutlined />, right: 'readGovernance' },
    { name: 'ledgers', path: '/ledgers', icon: <BlockOutlined />, right: 'readGovernance' },
  ],
  [
    { name: 'situation', path: '/situation', icon: <RadarChartOutlined />, right: 'readFindings' },
    { name: 'supervision', path: '/supervision', icon: <SafetyCertificateOutlined />, right: 'readFindings' },
    { name: 'cases', path: '/cases', icon: <FolderOpenOutlined />, right: 'readFindings' },
    { name: 'monitoring', path: '/monitoring', icon: <LineChartOutlined />, right: 'monitor' },
    { name: 'operations', path: '/operations', icon: <ToolOutlined />, right: 'monitor' },
  ],
  [{ name: 'citizen', path: '/me', icon: <UserOutlined />, right: 'ownData' }],
];
