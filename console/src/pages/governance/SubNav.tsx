/** The parts of an area as links in a row, which scrolls on narrow screens. */
import { NavLink } from 'react-router';

export interface SubNavItem {
  to: string;
  label: string;
  /** Whether only exactly this path is this part. */
  end?: boolean;
}

export function SubNav({ items, label }: { items: SubNavItem[]; label: string }) {
  return (
    <nav className="subnav" aria-label={label}>
      <ul>
        {items.map((item) => (
          <li key={item.to}>
            <NavLink to={item.to} end={item.end}>
              {item.label}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
