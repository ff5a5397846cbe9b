import type { ComponentType } from 'react';
import { createBrowserRouter, type RouteObject } from 'react-router';
import { areas } from './shell/areas';
import { NotFound, PageFault } from './shell/Faults';
import { Gate, SignedInGate } from './shell/Gate';
import Shell from './shell/Shell';

type Module = Promise<{ default: ComponentType }>;

// A page is loaded when it is first opened.
const pages: Record<string, () => Module> = {
  overview: () => import('./pages/overview'),
  explorer: () => import('./pages/explorer'),
  governance: () => import('./pages/governance'),
  identities: () => import('./pages/identities'),
  chains: () => import('./pages/chains'),
  ledgers: () => import('./pages/ledgers'),
  situation: () => import('./pages/situation'),
  supervision: () => import('./pages/supervision'),
  cases: () => import('./pages/cases'),
  monitoring: () => import('./pages/monitoring'),
  operations: () => import('./pages/operations'),
  citizen: () => import('./pages/citizen'),
};

/** Stands for a page that is on its way when the console opens; the shell is there in a moment. */
const Waiting = () => null;

const areaRoutes: RouteObject[] = areas.flat().map((area) => ({
  element: <Gate right={area.right} />,
  errorElement: <PageFault />,
  children: [
    {
      path: area.path === '/' ? '/' : `${area.path}/*`,
      errorElement: <PageFault />,
      lazy: async () => ({ Component: (await pages[area.name]!()).default }),
    },
  ],
}));

export const router = createBrowserRouter([
  {
    path: '/login',
    lazy: async () => ({ Component: (await import('./pages/login')).default }),
    errorElement: <PageFault />,
    HydrateFallback: Waiting,
  },
  {
    path: '/setup',
    lazy: async () => ({ Component: (await import('./pages/login/setup')).default }),
    errorElement: <PageFault />,
    HydrateFallback: Waiting,
  },
  {
    element: <Shell />,
    errorElement: <PageFault />,
    HydrateFallback: Waiting,
    children: [
      ...areaRoutes,
      {
        element: <SignedInGate />,
        children: [
          { path: '/account', errorElement: <PageFault />, lazy: async () => ({ Component: (await import('./pages/account')).default }) },
        ],
      },
      { path: '*', element: <NotFound /> },
    ],
  },
]);
