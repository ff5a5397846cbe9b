import { useTranslation } from 'react-i18next';
import type { components } from '../api/schema';
import { harmless } from './Untrusted';

type Held = Pick<components['schemas']['HeldRole'], 'role' | 'scope'>;

/** `RoleAdministrator` as words, for roles that the texts do not know. */
const words = (name: string) => name.replace(/(\p{Ll})(\p{Lu})/gu, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`);

/** The words of a role that somebody holds: what it is called, and where it holds. */
export function useRoleWords() {
  const { t } = useTranslation('shell');
  return {
    role: (held: Pick<Held, 'role'>) => t(`roles.${held.role}`, { defaultValue: harmless(words(held.role), 60) }),
    /** `Organisation City Library` is City Library; the whole city is said in words. */
    scope: (held: Held) => {
      const [kind = '', ...rest] = held.scope.split(' ');
      const name = harmless(rest.join(' '), 60);
      if (kind === 'Organisation') return name;
      return t(`scopes.${kind}`, { name, defaultValue: harmless(held.scope, 60) });
    },
  };
}
