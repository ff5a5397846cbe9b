/** What the API answers about the running of nodes. */
import type { components } from '../../api/schema';

export type OperatedNode = components['schemas']['OperatedNode'];
export type OperatedConsole = components['schemas']['OperatedConsole'];
export type OrderDone = components['schemas']['OrderDone'];
