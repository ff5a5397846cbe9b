import { Copy } from './Copy';

/** A command for a terminal, whole, to be copied. */
export const Command = ({ text }: { text: string }) => (
  <div className="command">
    <code>{text}</code>
    <Copy text={text} />
  </div>
);
