/** What the API answers about business chains. */
import type { components } from '../../api/schema';

export type Chain = components['schemas']['Chain'];
export type ChainDetail = components['schemas']['ChainDetail'];
export type Following = components['schemas']['Following'];
export type Anchor = components['schemas']['ChainAnchor'];
