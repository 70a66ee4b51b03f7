import '@fontsource-variable/lexend-deca';
import { createRoot } from 'react-dom/client';
import { SandboxPage } from './SandboxPage.tsx';
import './page.css';

const root = document.getElementById('sandbox');
if (root !== null) createRoot(root).render(<SandboxPage />);
