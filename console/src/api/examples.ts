import { useMemo } from 'react';
import { loginWithAccount } from '../wallet/login';
import { connectExample } from '../wallet/wallet';
import type { Page } from './client';
import { useRead } from './hooks';
import type { components } from './schema';
import { signedIn } from './session';

export type Example = components['schemas']['ExampleAccount'];

export const represents = (example: Example) => example.roles.some(({ role }) => role === 'Representative');

/** Accounts of a development city that anybody can be, first those that vote, then those that can do most; none in any other city,
 * `undefined` until it is known. */
export function useExamples(): Example[] | undefined {
  const { data, error } = useRead<Page<Example>>('/api/v1/session/examples');
  return useMemo(() => {
    if (!data) return error ? [] : undefined;
    return [...data.items].sort(
      (one, other) =>
        Number(represents(other)) - Number(represents(one)) || other.rights.length - one.rights.length || one.index - other.index,
    );
  }, [data, error]);
}

/** Signs in as one of them; its key stays in this page, so that it signs what follows. */
export async function become(example: Example) {
  await loginWithAccount(await connectExample(example.index));
  await signedIn();
}
