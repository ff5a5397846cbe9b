/** Names of the API's types about cases, and the numbers by which the contract knows their kinds. */
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type CaseSummary = Schemas['CaseSummary'];
export type CaseDetail = Schemas['CaseDetail'];
export type CaseState = Schemas['CaseState'];
export type CaseEvidence = Schemas['CaseEvidence'];
export type CaseEvent = Schemas['CaseEvent'];
export type CaseStep = Schemas['CaseStep'];
export type CaseCommand = Schemas['CaseCommand'];
export type CaseChain = Schemas['CaseChain'];
export type CommandState = Schemas['CommandState'];
export type CommandAction = Schemas['CommandAction'];
export type CommandLevel = Schemas['CommandLevel'];
export type CaseNotice = Schemas['CaseNotice'];
export type SubjectDetail = Schemas['SubjectDetail'];
export type SubjectTarget = Schemas['SubjectTarget'];
export type FindingDocument = Schemas['FindingDocument'];
export type PeriodReport = Schemas['PeriodReport'];

/** In the order of the contract. */
export const ACTIONS: CommandAction[] = [
  'freezeChain',
  'liftChain',
  'freezeContract',
  'liftContract',
  'freezeAccount',
  'liftAccount',
  'freezeIdentity',
  'liftIdentity',
];
/** In the order of the contract. */
export const LEVELS: CommandLevel[] = ['isolation', 'hook'];
export const COMMAND_STATES: CommandState[] = ['ordered', 'inForce', 'done', 'overdue', 'withdrawn'];
export const CASE_STATES: CaseState[] = ['open', 'closed'];

/** Bytes that the contract takes. */
export const TITLE_MAX = 256;
export const SHORT_MAX = 512;
export const TEXT_MAX = 2_048;

export const bytesOf = (text: string) => new TextEncoder().encode(text).length;
