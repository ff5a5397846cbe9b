/** Names of the API's types about the situation of the city. */
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type Picture = Schemas['SituationPicture'];
export type Chain = Schemas['SituationChain'];
export type ChainHealth = Schemas['ChainHealth'];
export type Flow = Schemas['ChainFlow'];
export type Moved = Schemas['AssetMoved'];
export type Warning = Schemas['SituationWarning'];
export type Risk = Schemas['Page_SituationRisk']['items'][number];
export type RiskKind = Schemas['RiskSubjectKind'];
export type Reason = Schemas['RiskReason'];
export type Evidence = Schemas['RiskEvidence'];
export type Trend = Schemas['SituationTrend'];
export type Measure = Schemas['TrendMeasure'];
export type Step = Schemas['TrendStep'];
export type Threshold = Schemas['Page_SituationThreshold']['items'][number];

export const SITUATION = '/api/v1/situation';
export const RISK_KINDS: RiskKind[] = ['chain', 'organisation', 'identity', 'account'];
export const MEASURES: Measure[] = ['transactions', 'failed', 'findings', 'value'];
export const STEPS: Step[] = ['minute', 'hour', 'day'];
/** From these scores on a risk needs care, and somebody who looks now. */
export const CARE_FROM = 20;
export const ALARM_FROM = 50;

export type Level = 'calm' | 'care' | 'alarm';
export const levelOf = (score: number): Level => (score >= ALARM_FROM ? 'alarm' : score >= CARE_FROM ? 'care' : 'calm');
