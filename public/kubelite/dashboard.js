// The board alone, for a monitor on the wall.

import { mountBoard } from './board.js';

const chosen = localStorage.getItem('vite-ui-theme');
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const paint = () => document.documentElement.classList.toggle('dark', chosen === 'dark' || (chosen !== 'light' && dark.matches));
dark.addEventListener('change', paint);
paint();
mountBoard(document.getElementById('board'), { wall: true });
setInterval(() => {
  document.getElementById('time').textContent = new Date().toLocaleTimeString([], { hour12: false });
}, 1000);
