/** Names of the API's types about supervision. */
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type Summary = Schemas['SupervisionSummary'];
export type FindingSummary = Schemas['FindingSummary'];
export type FindingDetail = Schemas['FindingDetail'];
export type FindingEvidence = Schemas['FindingEvidence'];
export type FindingFigure = Schemas['FindingFigure'];
export type Severity = Schemas['FindingSeverity'];
export type Mode = Schemas['RuleMode'];
export type State = Schemas['FindingState'];
export type Rule = Schemas['SupervisionRule'];
export type RuleDetail = Schemas['SupervisionRuleDetail'];
export type RuleDraft = Schemas['SupervisionRuleDraft'];
export type RuleCheck = Schemas['RuleCheck'];
export type RuleFault = Schemas['RuleFault'];
export type Act = Schemas['SupervisionAct'];
export type ListSummary = Schemas['NamedListSummary'];
export type ListDetail = Schemas['NamedListDetail'];
export type BackTest = Schemas['BackTestDetail'];
export type Report = Schemas['BackTestReport'];
export type Notice = Schemas['SupervisionNotice'];
export type Both = Schemas['BothLanguages'];

export const SUPERVISION = '/api/v1/supervision';
export const SEVERITIES: Severity[] = ['critical', 'high', 'warning', 'notice'];
export const MODES: Mode[] = ['active', 'shadow', 'retired'];
export const STATES: State[] = ['open', 'dismissed'];
