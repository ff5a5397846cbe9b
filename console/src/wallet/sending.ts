import { type ReactNode, useSyncExternalStore } from 'react';
import type { Call, Receipt } from './send';
import { watched } from './watched';

/** A transaction that a page asks to be made. */
export interface Sending {
  title: ReactNode;
  /** What it does, in words. */
  text?: ReactNode;
  call: Call;
  danger?: boolean;
  /** When it is in a final block and has succeeded. */
  onDone?: (receipt: Receipt) => void;
  /** What was sent: a dialog that is made anew looks for it, and never has it signed a second time. */
  hash?: `0x${string}`;
  /** Whether `onDone` was called. */
  isDone?: boolean;
}

// One at a time, and beside the pages: a page that changes, or goes, once the act is done takes no receipt with it.
let current: Sending | undefined;
const { notify, subscribe } = watched();

/** Opens the dialog that has the transaction checked, signed and sent, and shows its receipt until a person closes it. */
export function beginSending(sending: Sending) {
  current = sending;
  notify();
}

export function endSending() {
  current = undefined;
  notify();
}

export const useSending = () => useSyncExternalStore(subscribe, () => current);
