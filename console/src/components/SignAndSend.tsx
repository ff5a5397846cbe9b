import { Button, type ButtonProps } from 'antd';
import { type ReactNode, useState } from 'react';
import type { Call, Receipt } from '../wallet/send';
import { beginSending } from '../wallet/sending';

interface SignAndSendProps {
  /** What the button says, and the title of the dialog. */
  label: ReactNode;
  title?: string;
  /** What the transaction does, in words. */
  text?: ReactNode;
  /** The call, or how to make it when the button is pressed; `undefined` when a form is not complete. */
  call: Call | (() => Call | undefined | Promise<Call | undefined>);
  button?: ButtonProps;
  danger?: boolean;
  onDone?: (receipt: Receipt) => void;
}

/** A button that makes a transaction: prepares it, shows whether the ledger would refuse it and why, has it signed, sends it, waits. */
export function SignAndSend({ label, title, text, call, button, danger = false, onDone }: SignAndSendProps) {
  const [making, setMaking] = useState(false);
  async function begin() {
    setMaking(true);
    try {
      const made = typeof call === 'function' ? await call() : call;
      if (made) beginSending({ title: title ?? label, text, call: made, danger, onDone });
    } finally {
      setMaking(false);
    }
  }
  return (
    <Button
      type={danger ? undefined : 'primary'}
      danger={danger}
      {...button}
      disabled={making || button?.disabled}
      onClick={() => void begin()}
    >
      {label}
    </Button>
  );
}
