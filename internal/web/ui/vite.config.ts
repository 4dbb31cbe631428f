import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

// The server allows scripts and styles of its own origin alone: nothing is inlined.
export default defineConfig({
  base: './',
  plugins: [svelte()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': process.env.BASE_URL ?? 'http://127.0.0.1:8600' } },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
