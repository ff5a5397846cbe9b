import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// In development the pages talk to a console that runs elsewhere: `CIVITAS_CONSOLE=http://localhost:8080 npm run dev`.
const server = process.env.CIVITAS_CONSOLE ?? 'http://localhost:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    // The server's content security policy allows no inline script and no data URL as script.
    assetsInlineLimit: 0,
    target: 'es2022',
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { '/api': { target: server, changeOrigin: false } } },
});
