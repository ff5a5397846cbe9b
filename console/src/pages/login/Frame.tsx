import type { ReactNode } from 'react';
import { Mark } from '../../shell/Mark';
import { LanguageSwitch, ModeSwitch } from '../../shell/Switches';

/** The sheet on which one signs in. */
export function Frame({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  return (
    <main className="login">
      <div className="login-sheet">
        <div className="login-brand">
          <Mark size={40} />
          <div className="login-switches">
            <LanguageSwitch />
            <ModeSwitch />
          </div>
        </div>
        <h1>{title}</h1>
        {lead && <p className="note">{lead}</p>}
        {children}
      </div>
    </main>
  );
}
