import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';

export interface Tab {
  key: string;
  label: ReactNode;
  children: ReactNode;
}
interface TabViewProps {
  items: Tab[];
  /** What the tabs are about, for screen readers. */
  label: string;
  active?: string;
  onChange?: (key: string) => void;
}

/** Tabs that scroll sideways where they do not fit; arrow keys move between them. */
export function TabView({ items, label, active, onChange }: TabViewProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [own, setOwn] = useState(items[0]?.key);
  const wanted = active ?? own;
  const current = items.find((item) => item.key === wanted) ?? items[0];
  function choose(key: string) {
    setOwn(key);
    onChange?.(key);
  }
  function move(event: KeyboardEvent) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined || !current) return;
    event.preventDefault();
    const index = (items.indexOf(current) + step + items.length) % items.length;
    choose(items[index]!.key);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[index]?.focus();
  }
  if (!current) return null;
  return (
    <div>
      <div role="tablist" aria-label={label} className="tabs" ref={list} onKeyDown={move}>
        {items.map((item) => (
          <button
            key={item.key}
            type="button"
            role="tab"
            id={`${id}-${item.key}`}
            data-node-key={item.key}
            aria-selected={item === current}
            aria-controls={item === current ? `${id}-panel` : undefined}
            tabIndex={item === current ? 0 : -1}
            className={item === current ? 'active' : undefined}
            onClick={() => choose(item.key)}
          >
            {item.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${current.key}`} className="tab-panel">
        {current.children}
      </div>
    </div>
  );
}
