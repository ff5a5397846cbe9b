/** What the API answers about the government of the city, under the names that the pages use. */
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type Organisation = Schemas['Organisation'];
export type OrganisationDetail = Schemas['OrganisationDetail'];
export type CityNode = Schemas['Node'];
export type Certificate = Schemas['NodeCertificate'];
export type Permission = Schemas['Permission'];
export type Role = Schemas['Role'];
export type Grant = Schemas['Grant'];
export type WhoCan = Schemas['WhoCan'];
export type ProposalItem = Schemas['ProposalSummary'];
export type Proposal = Schemas['ProposalDetail'];
export type ProposalAction = Schemas['ProposalAction'];
export type Change = Schemas['RecordChange'];
/** What proposals of a kind need. */
export interface VotingRule {
  kind: string;
  approvalPercent: number;
  approvalsMin: number;
  votingSeconds: number;
  timelockSeconds: number;
}
export type Parameters = Omit<Schemas['Parameters'], 'rules'> & { rules: VotingRule[] };
export type AuditRecord = Omit<Schemas['AuditRecord'], 'details'> & { details: Record<string, string> };
