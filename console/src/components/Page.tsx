import { type ReactNode, useEffect } from 'react';

interface PageProps {
  title: string;
  /** Above the title: where one is. */
  crumb?: ReactNode;
  subtitle?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of every page. */
export function Page({ title, crumb, subtitle, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Civitas`;
  }, [title]);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          {crumb && <div className="crumb">{crumb}</div>}
          <h1>{title}</h1>
          {subtitle && <div className="subtitle">{subtitle}</div>}
        </div>
        {actions && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a page with a heading. */
export function Panel({
  title,
  extra,
  children,
  flush = false,
}: {
  title?: ReactNode;
  extra?: ReactNode;
  children: ReactNode;
  flush?: boolean;
}) {
  return (
    <section className={flush ? 'panel flush' : 'panel'}>
      {(title || extra) && (
        <header className="panel-head">
          {title && <h2>{title}</h2>}
          {extra && <div className="panel-extra">{extra}</div>}
        </header>
      )}
      <div className="panel-body">{children}</div>
    </section>
  );
}

type Fact = [name: ReactNode, value: ReactNode];

/** Name and value pairs; what is false or missing is left out. */
export function Facts({ items }: { items: (Fact | false | null | undefined)[] }) {
  return (
    <dl className="facts">
      {items
        .filter((item): item is Fact => Array.isArray(item))
        .map(([name, value], index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pairs of a page never change their order
          <div key={index}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A figure with its name. */
export function Figure({
  name,
  children,
  note,
  tone,
}: {
  name: string;
  children: ReactNode;
  note?: ReactNode;
  tone?: 'bad' | 'warn' | 'good';
}) {
  return (
    <div className={`figure ${tone ?? ''}`}>
      <div className="figure-name">{name}</div>
      <div className="figure-value">{children}</div>
      {note && <div className="figure-note">{note}</div>}
    </div>
  );
}
